/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Compiled once per instruction set, see native.xml.
#include "kernels.h"

namespace infl::INFL_ISA {

std::int32_t float_lanes() {
#if defined(__AVX512F__)
  return 16;
#elif defined(__AVX2__)
  return 8;
#else
  return 4;
#endif
}

}  // namespace infl::INFL_ISA
