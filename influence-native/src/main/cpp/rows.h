/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Scores of rows without their gradients: out = a_i^T V_q x_i.
 *
 * Dense: one product (rows x V_q, which is packed once), each register tile of which is dotted with x while it is in the
 * cache: 2 P M flops a row and query. Low rank: two thin products for all queries side by side,
 * then their elementwise dot: 2 r (P + M) flops a row and query.
 */
#ifndef INFLUENCE_ROWS_H
#define INFLUENCE_ROWS_H

#include "gradients.h"

namespace infl {
namespace INFL_ISA {

constexpr int64_t kRowColumns = 256;              /* columns of V_q done at a time */

/* x's columns [j0, j0 + columns) for all rows, each row padded to kRowColumns with zeros. */
template <class T>
static void load_right(const infl_matrix &x, int64_t i0, int64_t rows, int64_t j0, int64_t columns,
                       bool square, T *out) {
  memset(out, 0, size_t(round_up(rows, kRows) * kRowColumns) * sizeof(T));
  convert_rows<T>(x, i0, rows, j0, columns, out, kRowColumns);
  if (square) {
    for (int64_t i = 0; i < rows * kRowColumns; i++) out[i] *= out[i];
  }
}

/* sums[i] += the lanes of one register tile times the same columns of the right side. */
template <class T>
INFL_INLINE void dot_rows(const T *tile, const T *right, LaneSums<T> *sums) {
  typedef typename Simd<T>::Vector V;
  constexpr int kLanes = Simd<T>::kLanes;
  for (int i = 0; i < kRows; i++) {
    const V *a = (const V *)(tile + i * Simd<T>::kColumns);
    const V *b = (const V *)(right + i * kRowColumns);
    V dot = a[0] * b[0];
    for (int v = 1; v < kVectors; v++) dot += a[v] * b[v];
    sums[i].add(dot);
  }
  static_assert(kRowColumns % (kLanes * kVectors) == 0, "whole register tiles");
}

template <class T>
struct RowDense {
  Panels<T> panels;
  T *packed, *right, *tiles;
  LaneSums<T> *sums;
  bool resident;

  explicit RowDense(Workspace &space)
      : panels(space),
        packed(space.take<T>(INFL_RESIDENT_ELEMENTS)),
        right(space.take<T>(round_up(INFL_MAX_TILE_ROWS, kRows) * kRowColumns)),
        tiles(space.take<T>(round_up(INFL_MAX_TILE_ROWS, kRows) * kRowColumns)),
        sums(space.take<LaneSums<T>>(round_up(INFL_MAX_TILE_ROWS, kRows))),
        resident(false) {}

  /* Packs the rows once for all queries where they fit. */
  void prepare(const infl_matrix &a, int64_t i0, int64_t rows, int64_t k, bool square) {
    const int64_t padded = round_up(rows, kRows);
    resident = padded * k <= INFL_RESIDENT_ELEMENTS;
    for (int64_t k0 = 0; resident && k0 < k; k0 += depth<T>()) {
      pack<T, kRows>(a, false, k0, smaller(depth<T>(), k - k0), i0, rows, square,
                     packed + padded * k0);
    }
  }

  /* sums = the rows' dots over one block of columns of one packed query. */
  void block(const infl_matrix &a, int64_t i0, int64_t rows, const T *v, int64_t k, int64_t lines,
             int64_t j0, int64_t columns, bool square) {
    constexpr int kColumns = Simd<T>::kColumns;
    const int64_t padded = round_up(rows, kRows);
    for (int64_t i = 0; i < padded; i++) sums[i].clear();
    for (int64_t k0 = 0; k0 < k; k0 += depth<T>()) {
      const int64_t n = smaller(depth<T>(), k - k0);
      if (!resident) panels.pack_a(a, false, k0, n, i0, rows, square);
      const T *left = resident ? packed + padded * k0 : panels.a;
      const T *right_panels = v + k0 * lines + j0 * n;
      T *tile = tiles;
      for (int64_t i = 0; i < rows; i += kRows) {
        for (int64_t j = 0; j < columns; j += kColumns) {
          multiply_panels<T>(n, left + i * n, right_panels + j * n, tile, kColumns, k0 > 0);
          if (k0 + n == k) dot_rows<T>(tile, right + i * kRowColumns + j, sums + i);
          if (k > depth<T>()) tile += Simd<T>::kTile;
        }
      }
    }
  }
};

template <class T>
static int32_t row_dense(const infl_matrix *a, const infl_matrix *x, int64_t i0, int64_t rows,
                         const infl_queries *queries, const void *packed, int64_t q_count,
                         int32_t square, double *out, int64_t ldo, void *workspace) {
  if (!fits(rows, 0)) return INFL_TILE_TOO_LARGE;
  Workspace space(workspace);
  RowDense<T> work(space);
  const int64_t k = queries->outputs, inputs = queries->inputs;
  const int64_t lines = round_up(inputs, INFL_COLUMN_UNIT);
  work.prepare(*a, i0, rows, k, square != 0);
  for (int64_t j0 = 0; j0 < inputs; j0 += kRowColumns) {
    const int64_t n = smaller(kRowColumns, inputs - j0);
    load_right<T>(*x, i0, rows, j0, n, square != 0, work.right);
    for (int64_t q = 0; q < q_count; q++) {
      work.block(*a, i0, rows, packed_rows<T>(packed, lines, q * k), k, lines, j0, n, square != 0);
      double *target = out + q * ldo + i0;
      for (int64_t i = 0; i < rows; i++) {
        target[i] = (j0 == 0 ? 0 : target[i]) + work.sums[i].total();
      }
    }
  }
  return INFL_OK;
}

/* The dot of two short rows, in double, over eight fixed lanes. */
template <class T>
static double dot_short(const T *a, const T *b, int64_t n) {
  double lanes[8] = {};
  int64_t c = 0;
  for (; c + 8 <= n; c += 8) {
    for (int l = 0; l < 8; l++) lanes[l] += double(a[c + l]) * double(b[c + l]);
  }
  for (int64_t l = 0; c < n; c++, l++) lanes[l] += double(a[c]) * double(b[c]);
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

template <class T>
static int32_t row_low_rank(const infl_matrix *a, const infl_matrix *x, int64_t i0, int64_t rows,
                            const infl_queries *queries, int64_t q_total, int64_t q0,
                            int64_t q_count, double *out, int64_t ldo, void *workspace) {
  if (!fits(rows, 0)) return INFL_TILE_TOO_LARGE;
  Workspace space(workspace);
  Panels<T> panels(space);
  T *left = space.take<T>(int64_t(INFL_MAX_TILE_ROWS) * kRowColumns);
  T *right = space.take<T>(int64_t(INFL_MAX_TILE_ROWS) * kRowColumns);
  const int64_t rank = queries->rank, width = q_total * rank;
  const infl_product l = {*a, dense<T>(static_cast<const T *>(queries->left), width, width), 0, 1,
                          queries->outputs};
  const infl_product r = {*x, dense<T>(static_cast<const T *>(queries->right), width, width), 0, 1,
                          queries->inputs};
  const int64_t group = rank < kRowColumns ? kRowColumns / rank : 1;
  for (int64_t q = q0; q < q0 + q_count; q += group) {
    const int64_t n = smaller(group, q0 + q_count - q) * rank;
    for (int64_t c = 0; c < n; c += kRowColumns) {
      const int64_t columns = smaller(kRowColumns, n - c), part = smaller(rank, columns);
      multiply_tile<T>(l, 0, l.k, i0, rows, q * rank + c, columns, left, kRowColumns, false,
                       panels);
      multiply_tile<T>(r, 0, r.k, i0, rows, q * rank + c, columns, right, kRowColumns, false,
                       panels);
      for (int64_t at = 0; at < columns; at += part) {
        double *target = out + (q + (c + at) / rank) * ldo + i0;
        for (int64_t i = 0; i < rows; i++) {
          const double dot =
              dot_short<T>(left + i * kRowColumns + at, right + i * kRowColumns + at, part);
          target[i] = (c == 0 ? 0 : target[i]) + dot;
        }
      }
    }
  }
  return INFL_OK;
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
