/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Runs the C ABI under AddressSanitizer and UndefinedBehaviorSanitizer.
#include <cstdio>

#include "influence_cpu.h"

int main() {
  const int32_t lanes[] = {4, 8, 16, -1};
  int failures = infl_abi_version() != INFL_ABI_VERSION;
  for (int32_t variant = 0; variant < 4; ++variant) {
    failures += infl_float_lanes(variant) != lanes[variant];
  }
  std::printf("native tests: 5 run, %d failed\n", failures);
  return failures == 0 ? 0 : 1;
}
