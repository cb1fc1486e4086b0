/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * The table through which dispatch.cpp reaches the kernels of one instruction set and precision.
 */
#ifndef INFLUENCE_KERNELS_H
#define INFLUENCE_KERNELS_H

#include "influence_cpu.h"

namespace infl {

struct Kernels {
#define INFL_KERNEL(name, arguments, ...) int32_t (*name)(__VA_ARGS__);
#include "kernel_list.h"
#undef INFL_KERNEL
};

/* One pair of tables (float32, float64) for each compilation of kernels.cpp. */
extern const Kernels kernels_baseline[2];
extern const Kernels kernels_avx2[2];
extern const Kernels kernels_avx512[2];

constexpr int64_t kWorkspaceBytes = int64_t(14) << 20;

}  // namespace infl
#endif
