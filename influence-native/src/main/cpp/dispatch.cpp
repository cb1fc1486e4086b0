/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "influence_cpu.h"
#include "kernels.h"

int32_t infl_abi_version(void) { return INFL_ABI_VERSION; }

int32_t infl_float_lanes(int32_t variant) {
  switch (variant) {
    case 0: return infl::baseline::float_lanes();
    case 1: return infl::avx2::float_lanes();
    case 2: return infl::avx512::float_lanes();
    default: return -1;
  }
}
