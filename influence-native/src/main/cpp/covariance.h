/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Covariances: C += sum_r x_r x_r^T, lower triangle, row-major.
 *
 * In float32 the sums of at most INFL_COVARIANCE_FLUSH consecutive rows (counted from the very first
 * row of the accumulator, not of the call) run in float32 and are then added to the float64 master,
 * so cutting the rows into calls differently changes no bit. Flops: 2 a row and element; traffic: the
 * rows, which are packed once and read as both sides, once for each tile row and column they are in,
 * and the master once in INFL_COVARIANCE_FLUSH rows.
 */
#ifndef INFLUENCE_COVARIANCE_H
#define INFLUENCE_COVARIANCE_H

#include "gemm.h"

namespace infl {
namespace INFL_ISA {

/* Column after the last one of the lower triangle in row i of a tile at `diagonal` = i0 - j0. */
INFL_INLINE int64_t lower_end(int64_t i, int64_t diagonal, int64_t columns) {
  return smaller(columns, i + diagonal + 1);
}

/* C tile = or += X^T X, half register tiles where the diagonal cuts off the other half. */
template <class T>
static void multiply_lower(const T *panels, int64_t i0, int64_t j0, int64_t k, int64_t rows,
                           int64_t columns, T *c, int64_t ldc, bool load) {
  constexpr int kColumns = Simd<T>::kColumns, kLanes = Simd<T>::kLanes, R = kBlockRows;
  constexpr int kStep = Lines<T, R, kColumns>::kStep;
  Lines<T, R, kColumns> lines(panels, k);
  for (int64_t i = 0; i < rows; i += R) {
    const int64_t m = smaller(R, rows - i);
    const int64_t end = lower_end(i + m - 1, i0 - j0, columns);
    const T *a = lines.at(i0 + i, m);
    for (int64_t j = 0; j < end; j += kColumns) {
      const T *b = panels + (j0 + j) * k;
      T *target = c + i * ldc + j;
      if (m == R && j + kColumns <= columns && j + kLanes < end) {
        multiply_panels<T, R, kStep>(k, a, b, target, ldc, load);
      } else if (m == R && j + kLanes <= columns && j + kLanes >= end) {
        multiply_panels<T, R, kStep, 1>(k, a, b, target, ldc, load);
      } else {
        multiply_edge<T, R, kStep>(k, a, b, target, ldc, m, smaller(kColumns, end - j), load);
      }
    }
  }
}

static void flush_tile(const float *partial, double *master, int64_t ldc, int64_t diagonal,
                       int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++) {
    const int64_t end = lower_end(i, diagonal, columns);
    for (int64_t j = 0; j < end; j++) master[i * ldc + j] += double(partial[i * ldc + j]);
  }
}

template <class T>
struct CovarianceTarget;

template <>
struct CovarianceTarget<float> {
  static float *tile(float *partial, double *) { return partial; }
  static bool load(int64_t counted) { return counted % INFL_COVARIANCE_FLUSH != 0; }
  static void counted(int64_t rows_counted, float *partial, double *master, int64_t ldc,
                      int64_t diagonal, int64_t rows, int64_t columns) {
    if (rows_counted % INFL_COVARIANCE_FLUSH == 0) {
      flush_tile(partial, master, ldc, diagonal, rows, columns);
    }
  }
};

template <>
struct CovarianceTarget<double> {
  static double *tile(float *, double *master) { return master; }
  static bool load(int64_t) { return true; }
  static void counted(int64_t, float *, double *, int64_t, int64_t, int64_t, int64_t) {}
};

template <class T>
static int32_t covariance_tile(const infl_examples *ranges, int64_t counted, int64_t i0,
                               int64_t rows, int64_t j0, int64_t columns, float *partial,
                               double *master, int64_t ldc) {
  typedef CovarianceTarget<T> Target;
  const infl_examples &x = *ranges;
  if (partial) partial += i0 * ldc + j0;
  master += i0 * ldc + j0;
  for (int64_t e = 0; e < x.count; e++) {
    for (int64_t k = x.begin[e]; k < x.end[e]; k += depth<T>()) {
      const int64_t n = smaller(depth<T>(), x.end[e] - k);
      multiply_lower<T>(packed_rows<T>(x.packed_a, x.a_lines, k), i0, j0, n, rows, columns,
                        Target::tile(partial, master), ldc, Target::load(counted));
      counted += n;
      Target::counted(counted, partial, master, ldc, i0 - j0, rows, columns);
    }
  }
  return INFL_OK;
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
