/*
 * SPDX-License-Identifier: Apache-2.0
 */
// What every instruction set variant of kernels.cpp defines.
#ifndef INFLUENCE_KERNELS_H
#define INFLUENCE_KERNELS_H

#include <cstdint>

#define INFL_DECLARE_VARIANT(isa) \
  namespace infl::isa {           \
  std::int32_t float_lanes();     \
  }

INFL_DECLARE_VARIANT(baseline)
INFL_DECLARE_VARIANT(avx2)
INFL_DECLARE_VARIANT(avx512)

#endif
