/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * The exported functions: each finds its table by instruction set and precision and calls on.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernels.h"

using infl::Kernels;

namespace {

constexpr size_t kHugePage = size_t(2) << 20;

const Kernels *find(int32_t kernels) {
  switch (kernels / 2) {
    case INFL_ISA_BASELINE:
      return &infl::kernels_baseline[kernels % 2];
    case INFL_ISA_AVX2:
      return &infl::kernels_avx2[kernels % 2];
    case INFL_ISA_AVX512:
      return &infl::kernels_avx512[kernels % 2];
    default:
      return nullptr;
  }
}

}  // namespace

extern "C" {

int32_t infl_abi_version(void) { return INFL_ABI_VERSION; }

int32_t infl_best_isa(void) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
      !__builtin_cpu_supports("f16c")) {
    return INFL_ISA_BASELINE;
  }
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
             ? INFL_ISA_AVX512
             : INFL_ISA_AVX2;
}

int64_t infl_workspace_bytes(void) { return infl::kWorkspaceBytes; }

void *infl_allocate(int64_t bytes, int32_t zeroed) {
  const bool large = size_t(bytes) >= 2 * kHugePage;
  const size_t unit = large ? kHugePage : 64;
  const size_t size = (size_t(bytes > 0 ? bytes : 1) + unit - 1) / unit * unit;
  void *memory = nullptr;
  if (posix_memalign(&memory, unit, size) != 0) return nullptr;
  if (large) madvise(memory, size, MADV_HUGEPAGE);
  if (zeroed) memset(memory, 0, size);
  return memory;
}

void infl_free(void *memory) { free(memory); }

void infl_zero(void *memory, int64_t bytes) { memset(memory, 0, size_t(bytes)); }

void infl_copy(void *to, const void *from, int64_t bytes) { memcpy(to, from, size_t(bytes)); }

#define INFL_KERNEL(name, arguments, ...)                    \
  int32_t infl_##name(int32_t kernels, __VA_ARGS__) {        \
    const Kernels *table = find(kernels);                    \
    return table ? table->name arguments : INFL_BAD_KERNELS; \
  }
#include "kernel_list.h"
#undef INFL_KERNEL
}
