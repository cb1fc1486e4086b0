/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * The exported functions: each finds its table by instruction set and precision and calls on.
 */
#include <math.h>
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

#define INFL_CALL(kernel, ...)                     \
  const Kernels *table = find(kernels);            \
  if (!table) return INFL_BAD_KERNELS;             \
  return table->kernel(__VA_ARGS__)

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

int32_t infl_multiply(int32_t kernels, const infl_product *product, int64_t i0, int64_t rows,
                      int64_t j0, int64_t columns, void *c, int64_t ldc, int32_t accumulate,
                      void *workspace) {
  INFL_CALL(multiply, product, i0, rows, j0, columns, c, ldc, accumulate, workspace);
}

int32_t infl_multiply_by_packed(int32_t kernels, const infl_product *product, const void *packed_b,
                                int64_t b_lines, int64_t i0, int64_t rows, int64_t j0,
                                int64_t columns, void *c, int64_t ldc, void *workspace) {
  INFL_CALL(multiply_by_packed, product, packed_b, b_lines, i0, rows, j0, columns, c, ldc,
            workspace);
}

int32_t infl_covariance_tile(int32_t kernels, const infl_examples *ranges, int64_t counted,
                             int64_t i0, int64_t rows, int64_t j0, int64_t columns, float *partial,
                             double *master, int64_t ldc) {
  INFL_CALL(covariance_tile, ranges, counted, i0, rows, j0, columns, partial, master, ldc);
}

int32_t infl_pack(int32_t kernels, const infl_product *product, const infl_examples *examples,
                  int64_t rows, int64_t columns, int64_t first, int64_t count) {
  INFL_CALL(pack_examples, product, examples, rows, columns, first, count);
}

int32_t infl_square_tile(int32_t kernels, const infl_product *product,
                         const infl_examples *examples, int64_t i0, int64_t rows, int64_t j0,
                         int64_t columns, double *sum, int64_t lds, void *workspace) {
  INFL_CALL(square_tile, product, examples, i0, rows, j0, columns, sum, lds, workspace);
}

int32_t infl_accumulate_tile(int32_t kernels, const infl_product *product,
                             const infl_examples *examples, const int32_t *targets, int64_t i0,
                             int64_t rows, int64_t j0, int64_t columns, void *c, int64_t ldc,
                             int64_t c_step, void *workspace) {
  INFL_CALL(accumulate_tile, product, examples, targets, i0, rows, j0, columns, c, ldc, c_step,
            workspace);
}

int32_t infl_dot_tile(int32_t kernels, const infl_product *product, const infl_examples *examples,
                      int64_t i0, int64_t rows, int64_t j0, int64_t columns,
                      const infl_queries *queries, int64_t q0, int64_t q_count, int32_t square,
                      double *out, void *workspace) {
  INFL_CALL(dot_tile, product, examples, i0, rows, j0, columns, queries, q0, q_count, square, out,
            workspace);
}

int32_t infl_row_dense(int32_t kernels, const infl_matrix *a, const infl_matrix *x, int64_t i0,
                       int64_t rows, const infl_queries *queries, const void *packed,
                       int64_t q_count, int32_t square, double *out, int64_t ldo,
                       void *workspace) {
  INFL_CALL(row_dense, a, x, i0, rows, queries, packed, q_count, square, out, ldo, workspace);
}

int32_t infl_row_low_rank(int32_t kernels, const infl_matrix *a, const infl_matrix *x, int64_t i0,
                          int64_t rows, const infl_queries *queries, int64_t q_total, int64_t q0,
                          int64_t q_count, double *out, int64_t ldo, void *workspace) {
  INFL_CALL(row_low_rank, a, x, i0, rows, queries, q_total, q0, q_count, out, ldo, workspace);
}

int32_t infl_pack_queries(int32_t kernels, const infl_queries *queries, int64_t q_count, int64_t k0,
                          int64_t n, void *packed) {
  INFL_CALL(pack_queries, queries, q_count, k0, n, packed);
}

int32_t infl_outer_tile(int32_t kernels, const infl_matrix *a, const infl_matrix *x, int64_t i0,
                        int64_t rows, int64_t inputs, const void *packed, int64_t q_total,
                        int64_t q0, int64_t q_count, int64_t k0, int64_t n, double *out,
                        int64_t ldo, void *workspace) {
  INFL_CALL(outer_tile, a, x, i0, rows, inputs, packed, q_total, q0, q_count, k0, n, out, ldo,
            workspace);
}

int32_t infl_magnitudes(int32_t kernels, const infl_matrix *x, int64_t i0, int64_t rows, double *out) {
  const Kernels *table = find(kernels);
  if (!table) return INFL_BAD_KERNELS;
  table->magnitudes(x, i0, rows, out);
  return INFL_OK;
}

int32_t infl_convert(int32_t kernels, const infl_matrix *x, int64_t i0, int64_t rows,
                     int64_t columns, void *out, int64_t ldo) {
  INFL_CALL(convert, x, i0, rows, columns, out, ldo);
}

int32_t infl_hadamard(int32_t kernels, const void *a, const void *b, void *out, int64_t count) {
  INFL_CALL(hadamard, a, b, out, count);
}

int32_t infl_thin_multiply(int32_t kernels, const void *d, int64_t row_step, int64_t k_step,
                           int64_t i0, int64_t rows, int64_t k, const void *x, int64_t ldx,
                           int64_t width, void *out, int64_t ldo) {
  INFL_CALL(thin_multiply, d, row_step, k_step, i0, rows, k, x, ldx, width, out, ldo);
}

double infl_sum_squares(int32_t kernels, const void *x, int64_t count) {
  const Kernels *table = find(kernels);
  return table ? table->sum_squares(x, count) : NAN;
}

int32_t infl_residual_tile(int32_t kernels, const infl_product *product, int64_t i0, int64_t rows,
                           int64_t j0, int64_t columns, const void *d, int64_t ldd, double *out,
                           void *workspace) {
  INFL_CALL(residual_tile, product, i0, rows, j0, columns, d, ldd, out, workspace);
}
}
