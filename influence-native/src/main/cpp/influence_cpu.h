/*
 * SPDX-License-Identifier: Apache-2.0
 */
// C ABI of the CPU kernels.
#ifndef INFLUENCE_CPU_H
#define INFLUENCE_CPU_H

#include <stdint.h>

#define INFL_ABI_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

int32_t infl_abi_version(void);

// Floats per vector register of a variant (0 baseline, 1 AVX2, 2 AVX-512), -1 if there is none such.
int32_t infl_float_lanes(int32_t variant);

#ifdef __cplusplus
}
#endif

#endif
