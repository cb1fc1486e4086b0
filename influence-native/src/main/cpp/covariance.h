/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Covariances: C += sum_r x_r x_r^T, lower triangle, row-major.
 *
 * In float32 the sums of at most INFL_COVARIANCE_FLUSH consecutive rows (counted from the very first
 * row of the accumulator, not of the call) run in float32 and are then added to the float64 master,
 * so cutting the rows into calls differently changes no bit. Flops: 2 a row and element; traffic:
 * packing reads each input element once for each tile row and column it is in, and the master once
 * in INFL_COVARIANCE_FLUSH rows.
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
  static int64_t room(int64_t counted) {
    return INFL_COVARIANCE_FLUSH - counted % INFL_COVARIANCE_FLUSH;
  }
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
  static int64_t room(int64_t) { return INFL_COVARIANCE_FLUSH; }
  static void counted(int64_t, float *, double *, int64_t, int64_t, int64_t, int64_t) {}
};

template <class T>
static int32_t covariance_tile(const infl_matrix *x, int64_t x_rows, int64_t counted, int64_t i0,
                               int64_t rows, int64_t j0, int64_t columns, float *partial,
                               double *master, int64_t ldc, void *workspace) {
  typedef CovarianceTarget<T> Target;
  if (!fits(rows, columns)) return INFL_TILE_TOO_LARGE;
  Workspace space(workspace);
  Panels<T> panels(space);
  const int64_t at = i0 * ldc + j0;
  for (int64_t r = 0; r < x_rows;) {
    const int64_t n = smaller(smaller(depth<T>(), x_rows - r), Target::room(counted));
    panels.pack_a(*x, true, r, n, i0, rows);
    panels.pack_b(*x, true, r, n, j0, columns);
    multiply_packed<T>(panels, n, rows, columns, Target::tile(partial, master, at), ldc,
                       Target::load(counted), true, i0 - j0);
    r += n;
    counted += n;
    Target::counted(counted, partial, master, at, ldc, rows, columns);
  }
  return INFL_OK;
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
