/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Covariances: C += sum_r x_r x_r^T, lower triangle, row-major.
 *
 * In float32 the sums of at most INFL_COVARIANCE_FLUSH consecutive rows (counted from the very first
 * row of the accumulator, not of the call) run in float32 and are then added to the float64 master,
 * so cutting the rows into calls differently changes no bit. Flops: 2 a row and element; traffic: the
 * packed rows once for each tile row and column they are in, and the master once in
 * INFL_COVARIANCE_FLUSH rows.
 */
#ifndef INFLUENCE_COVARIANCE_H
#define INFLUENCE_COVARIANCE_H

#include "gemm.h"

namespace infl {
namespace INFL_ISA {

static void flush_tile(const float *partial, double *master, int64_t ldc, int64_t rows,
                       int64_t columns) {
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < columns; j++) master[i * ldc + j] += double(partial[i * ldc + j]);
  }
}

template <class T>
struct CovarianceTarget;

template <>
struct CovarianceTarget<float> {
  static float *tile(float *partial, double *, int64_t at) { return partial + at; }
  static bool load(int64_t counted) { return counted % INFL_COVARIANCE_FLUSH != 0; }
  static void counted(int64_t rows_counted, float *partial, double *master, int64_t at, int64_t ldc,
                      int64_t rows, int64_t columns) {
    if (rows_counted % INFL_COVARIANCE_FLUSH == 0) {
      flush_tile(partial + at, master + at, ldc, rows, columns);
    }
  }
};

template <>
struct CovarianceTarget<double> {
  static double *tile(float *, double *master, int64_t at) { return master + at; }
  static bool load(int64_t) { return true; }
  static void counted(int64_t, float *, double *, int64_t, int64_t, int64_t, int64_t) {}
};

template <class T>
static int32_t covariance_tile(const infl_product *product, const infl_examples *ranges,
                               int64_t counted, int64_t i0, int64_t rows, int64_t j0,
                               int64_t columns, float *partial, double *master, int64_t ldc,
                               void *workspace) {
  typedef CovarianceTarget<T> Target;
  if (!fits(rows, columns)) return INFL_TILE_TOO_LARGE;
  Workspace space(workspace);
  Panels<T> panels(space);
  const infl_examples &x = *ranges;
  const int64_t at = i0 * ldc + j0;
  const int64_t lower =
      smaller(columns, round_up(i0 + rows - j0, Simd<T>::kColumns));
  for (int64_t e = 0; e < x.count; e++) {
    for (int64_t k = x.begin[e]; k < x.end[e]; k += depth<T>()) {
      const int64_t n = smaller(depth<T>(), x.end[e] - k);
      const T *a = panels.a, *b = panels.b;
      if (x.packed_a) {
        a = packed_rows<T>(x.packed_a, x.a_lines, k) + i0 * n;
        b = packed_rows<T>(x.packed_b, x.b_lines, k) + j0 * n;
      } else {
        panels.pack_a(product->a, true, k, n, i0, rows);
        panels.pack_b(product->b, true, k, n, j0, lower);
      }
      multiply_packed<T>(a, b, n, rows, lower, Target::tile(partial, master, at), ldc,
                         Target::load(counted), true, i0 - j0);
      counted += n;
      Target::counted(counted, partial, master, at, ldc, rows, lower);
    }
  }
  return INFL_OK;
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
