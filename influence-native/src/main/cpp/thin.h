/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Products D X and D^T X with a thin X of a few dozen columns. Each element of D is used for few
 * multiplications, so packing it would not pay: it is broadcast from where it lies.
 *
 * Flops: 2 an element of D and column of X. Traffic: D once for each kThinVectors vectors of columns,
 * X from the second-level cache once for each kThinRows rows of the result.
 */
#ifndef INFLUENCE_THIN_H
#define INFLUENCE_THIN_H

#include "gradients.h"

namespace infl {
namespace INFL_ISA {

constexpr int kThinVectors = 3;
constexpr int kThinRows = kVectorBytes == 64 ? 8 : 4;
constexpr int64_t kThinAhead = 16;  /* k whose elements of D are fetched in advance */
constexpr int64_t kThinDepth = 768; /* k done at a time: X's rows and a column of D's lines stay in cache */

/* D(i, k) is d[i * row_step + k * k_step]. */
template <class T>
struct Strided {
  const T *d;
  int64_t row_step, k_step;
};

/* out[R x some columns] = (load ? out : 0) + D X, V vectors of columns of which `columns` exist. */
template <class T, int R, int V>
static void thin_tile(const Strided<T> &d, int64_t i0, int64_t k, const T *x, int64_t ldx, T *out,
                      int64_t ldo, int64_t columns, bool load) {
  typedef typename Simd<T>::Vector Vector;
  typedef typename Simd<T>::Loose Loose;
  constexpr int kLanes = Simd<T>::kLanes;
  Vector sum[R][V];
  for (int i = 0; i < R; i++) {
    for (int v = 0; v < V; v++) sum[i][v] = Vector{};
    if (load) memcpy(sum[i], out + (i0 + i) * ldo, size_t(columns) * sizeof(T));
  }
  const T *line = d.d + i0 * d.row_step;
  for (int64_t p = 0; p < k; p++, line += d.k_step, x += ldx) {
    if (d.row_step == 1) __builtin_prefetch(line + kThinAhead * d.k_step);
    Vector column[V];
#pragma GCC unroll 3
    for (int v = 0; v < V; v++) column[v] = *(const Loose *)(x + v * kLanes);
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) {
      const Vector element = line[i * d.row_step] - Vector{};
#pragma GCC unroll 3
      for (int v = 0; v < V; v++) sum[i][v] += element * column[v];
    }
  }
  for (int i = 0; i < R; i++) {
    memcpy(out + (i0 + i) * ldo, sum[i], size_t(columns) * sizeof(T));
  }
}

/* R rows of the result. */
template <class T, int R>
static void thin_rows(const Strided<T> &d, int64_t i0, int64_t k, const T *x, int64_t ldx,
                      int64_t width, T *out, int64_t ldo, bool load) {
  constexpr int64_t kLanes = Simd<T>::kLanes;
  for (int64_t c = 0; c < width; c += kThinVectors * kLanes) {
    const int64_t columns = smaller(kThinVectors * kLanes, width - c);
    if (columns > 2 * kLanes) {
      thin_tile<T, R, 3>(d, i0, k, x + c, ldx, out + c, ldo, columns, load);
    } else if (columns > kLanes) {
      thin_tile<T, R, 2>(d, i0, k, x + c, ldx, out + c, ldo, columns, load);
    } else {
      thin_tile<T, R, 1>(d, i0, k, x + c, ldx, out + c, ldo, columns, load);
    }
  }
}

template <class T>
static int32_t thin_multiply(const void *d, int64_t row_step, int64_t k_step, int64_t i0,
                             int64_t rows, int64_t k, const void *x, int64_t ldx, int64_t width,
                             void *out, int64_t ldo) {
  T *result = static_cast<T *>(out);
  for (int64_t k0 = 0; k0 < k; k0 += kThinDepth) {
    const Strided<T> block = {static_cast<const T *>(d) + k0 * k_step, row_step, k_step};
    const T *thin = static_cast<const T *>(x) + k0 * ldx;
    const int64_t n = smaller(kThinDepth, k - k0), end = i0 + rows;
    int64_t i = i0;
    for (; i + kThinRows <= end; i += kThinRows) {
      thin_rows<T, kThinRows>(block, i, n, thin, ldx, width, result, ldo, k0 > 0);
    }
    for (; i + 2 <= end; i += 2) {
      thin_rows<T, 2>(block, i, n, thin, ldx, width, result, ldo, k0 > 0);
    }
    if (i < end) thin_rows<T, 1>(block, i, n, thin, ldx, width, result, ldo, k0 > 0);
  }
  return INFL_OK;
}

/* The sum of squares, over fixed lanes, in double. */
template <class T>
static int32_t sum_squares(const void *x, int64_t count, double *out) {
  typedef typename Simd<T>::Loose Loose;
  typedef typename Lanes<double, Simd<T>::kLanes>::Vector Wide;
  constexpr int64_t kLanes = Simd<T>::kLanes;
  const T *values = static_cast<const T *>(x);
  Wide sums = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Wide wide = __builtin_convertvector(*(const Loose *)(values + i), Wide);
    sums += wide * wide;
  }
  double total = 0;
  for (int64_t l = 0; l < kLanes; l++) total += sums[l];
  for (; i < count; i++) total += double(values[i]) * double(values[i]);
  out[0] = total;
  return INFL_OK;
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
