/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Per-example gradients that never leave the cache: each register tile of G_e = A_e B_e is squared
 * and added, or dotted with the queries, as soon as its last k is done.
 *
 * Flops per element of a gradient: 2 T for the product, 2 for the square, 2 Q for the dots. Traffic:
 * the packed rows of the example (T * (rows + columns) a tile) and the tile of sums or queries, both
 * resident in the second-level cache over all examples of the call.
 */
#ifndef INFLUENCE_GRADIENTS_H
#define INFLUENCE_GRADIENTS_H

#include "gemm.h"

namespace infl {
namespace INFL_ISA {

/* Sums of vectors of T, lane by lane, in double. */
template <class T>
struct LaneSums {
  typedef typename Simd<T>::Vector V;
  typedef typename Lanes<double, Simd<T>::kLanes>::Vector Wide;

  Wide sums;

  void clear() { sums = Wide{}; }
  void add(V x) { sums += __builtin_convertvector(x, Wide); }
  double total() const {
    double result = 0;
    for (int l = 0; l < Simd<T>::kLanes; l++) result += sums[l];
    return result;
  }
};

/* Space for the register tiles of one tile, needed where an example has more rows than depth. */
template <class T>
static T *take_tiles(Workspace &space) {
  return space.take<T>(round_up(INFL_MAX_TILE_ROWS, kBlockRows) *
                       round_up(INFL_MAX_TILE_COLUMNS, Simd<T>::kColumns));
}

template <class T>
static int32_t pack_examples(const infl_product *product, const infl_examples *examples,
                             int64_t rows, int64_t columns, int64_t first, int64_t count) {
  const infl_product &p = *product;
  const infl_examples &x = *examples;
  const bool alike = x.packed_b == x.packed_a && x.b_lines == x.a_lines;
  for (int64_t e = first; e < first + count; e++) {
    for (int64_t k = x.begin[e]; k < x.end[e]; k += depth<T>()) {
      const int64_t n = smaller(depth<T>(), x.end[e] - k);
      pack<T, Simd<T>::kColumns>(p.a, p.a_rows_are_k, k, n, 0, rows, false,
                                 packed_rows<T>(x.packed_a, x.a_lines, k));
      if (alike) continue;
      pack<T, Simd<T>::kColumns>(p.b, p.b_rows_are_k, k, n, 0, columns, false,
                                 packed_rows<T>(x.packed_b, x.b_lines, k));
    }
  }
  return INFL_OK;
}

/*
 * Computes one example's tile and calls done(i, j, slot, register tile) for each register tile, slot
 * being its number.
 */
template <class T, class Done>
INFL_INLINE void gradient_tile(const infl_product &p, const infl_examples *x, int64_t k_begin,
                               int64_t k_end, int64_t i0, int64_t rows, int64_t j0,
                               int64_t columns, Panels<T> &panels, T *tiles, Done &&done) {
  constexpr int kColumns = Simd<T>::kColumns;
  const bool single = k_end - k_begin <= depth<T>();
  const bool packed = x && x->packed_a;
  for (int64_t k = k_begin; k < k_end; k += depth<T>()) {
    const int64_t n = smaller(depth<T>(), k_end - k);
    const bool last = k + n == k_end;
    if (!packed) {
      panels.pack_alike(p.a, p.a_rows_are_k, k, n, i0, rows);
      panels.pack_b(p.b, p.b_rows_are_k, k, n, j0, columns);
    }
    const T *a = packed ? packed_rows<T>(x->packed_a, x->a_lines, k) : panels.a;
    const T *b = packed ? packed_rows<T>(x->packed_b, x->b_lines, k) + j0 * n : panels.b;
    int64_t slot = 0;
    for (int64_t i = 0; i < rows; i += kBlockRows) {
      const T *lines = line_of<T, kColumns>(a, n, packed ? i0 + i : i);
      for (int64_t j = 0; j < columns; j += kColumns, slot++) {
        T *tile = tiles + (single ? 0 : slot * Simd<T>::kBlock);
        multiply_panels<T, kBlockRows, kColumns>(n, lines, b + j * n, tile, kColumns, k > k_begin);
        if (last) done(i, j, slot, tile);
      }
    }
  }
}

/* sum += tile^2 for one whole row of a register tile. */
template <class T>
INFL_INLINE void add_squares(const T *tile, double *sum) {
  typedef typename Lanes<double, Simd<T>::kLanes>::Loose Wide;
  for (int v = 0; v < kVectors; v++) {
    const auto x = *(const typename Simd<T>::Vector *)(tile + v * Simd<T>::kLanes);
    const Wide wide = __builtin_convertvector(x, Wide);
    Wide *target = (Wide *)(sum + v * Simd<T>::kLanes);
    *target += wide * wide;
  }
}

template <class T>
INFL_INLINE void add_squares_of_tile(const T *tile, double *sum, int64_t lds, int64_t rows,
                                     int64_t columns) {
  constexpr int kColumns = Simd<T>::kColumns;
  for (int64_t i = 0; i < rows; i++) {
    if (columns == kColumns) {
      add_squares<T>(tile + i * kColumns, sum + i * lds);
    } else {
      alignas(64) double edge[kColumns] = {};
      memcpy(edge, sum + i * lds, size_t(columns) * 8);
      add_squares<T>(tile + i * kColumns, edge);
      memcpy(sum + i * lds, edge, size_t(columns) * 8);
    }
  }
}

/* Number of examples from e on that have one row each, one after the other. */
INFL_INLINE int64_t single_row_run(const infl_product &p, const infl_examples &x, int64_t e) {
  if (!p.a_rows_are_k || !p.b_rows_are_k) return 0;
  int64_t n = 0;
  while (e + n < x.count && x.end[e + n] - x.begin[e + n] == 1 &&
         x.begin[e + n] == x.begin[e] + n) {
    n++;
  }
  return n;
}

/* Examples of one row: sum += (A o A)^T (B o B) over the examples, one product in float64. */
static void square_rows(const infl_product &p, int64_t k_begin, int64_t count, int64_t i0,
                        int64_t rows, int64_t j0, int64_t columns, double *sum, int64_t lds,
                        Panels<double> &panels) {
  for (int64_t k = 0; k < count; k += depth<double>()) {
    const int64_t n = smaller(depth<double>(), count - k);
    panels.pack_a(p.a, true, k_begin + k, n, i0, rows, true);
    panels.pack_b(p.b, true, k_begin + k, n, j0, columns, true);
    multiply_packed<double>(panels.a, 0, panels.b, n, rows, columns, sum, lds, true);
  }
}

template <class T>
static int32_t square_tile(const infl_product *product, const infl_examples *examples, int64_t i0,
                           int64_t rows, int64_t j0, int64_t columns, double *sum, int64_t lds,
                           void *workspace) {
  if (!fits(rows, columns)) return INFL_TILE_TOO_LARGE;
  Workspace space(workspace);
  Panels<T> panels(space);
  Panels<double> squares(space);
  T *tiles = take_tiles<T>(space);
  const infl_product &p = *product;
  const infl_examples &x = *examples;
  sum += i0 * lds + j0;
  for (int64_t e = 0; e < x.count;) {
    const int64_t run = single_row_run(p, x, e);
    if (run > 0) {
      square_rows(p, x.begin[e], run, i0, rows, j0, columns, sum, lds, squares);
      e += run;
      continue;
    }
    gradient_tile<T>(p, &x, x.begin[e], x.end[e], i0 + e * x.a_step, rows, j0, columns, panels,
                     tiles, [&](int64_t i, int64_t j, int64_t, const T *tile) {
                       add_squares_of_tile<T>(tile, sum + i * lds + j, lds,
                                              smaller(kBlockRows, rows - i),
                                              smaller(Simd<T>::kColumns, columns - j));
                     });
    e++;
  }
  return INFL_OK;
}

/* c[target[e]] += G_e on one tile, examples in order; targets below 0 are left out. */
template <class T>
static int32_t accumulate_tile(const infl_product *product, const infl_examples *examples,
                               const int32_t *targets, int64_t i0, int64_t rows, int64_t j0,
                               int64_t columns, void *c, int64_t ldc, int64_t c_step,
                               void *workspace) {
  if (!fits(rows, columns)) return INFL_TILE_TOO_LARGE;
  Workspace space(workspace);
  Panels<T> panels(space);
  const infl_examples &x = *examples;
  for (int64_t e = 0; e < x.count; e++) {
    if (targets[e] < 0) continue;
    T *tile = static_cast<T *>(c) + targets[e] * c_step + i0 * ldc + j0;
    for (int64_t k = x.begin[e]; x.packed_a && k < x.end[e]; k += depth<T>()) {
      const int64_t n = smaller(depth<T>(), x.end[e] - k);
      multiply_alike<T>(packed_rows<T>(x.packed_a, x.a_lines, k), i0,
                        packed_rows<T>(x.packed_b, x.b_lines, k) + j0 * n, n, rows, columns, tile,
                        ldc, true);
    }
    if (x.packed_a) continue;
    multiply_tile<T>(*product, x.begin[e], x.end[e], i0 + e * x.a_step, rows, j0,
                     columns, tile, ldc, true, panels);
  }
  return INFL_OK;
}

/* The queries' tile as register tiles, [register tile][query][kBlock], zero outside. */
template <class T>
static void load_dense_queries(const infl_queries &v, int64_t q0, int64_t q_count, int64_t i0,
                               int64_t rows, int64_t j0, int64_t columns, T *out) {
  constexpr int kColumns = Simd<T>::kColumns;
  const int64_t padded = round_up(rows, kBlockRows) * round_up(columns, kColumns);
  if (padded > rows * columns) memset(out, 0, size_t(padded * q_count) * sizeof(T));
  int64_t slot = 0;
  for (int64_t i = 0; i < rows; i += kBlockRows) {
    for (int64_t j = 0; j < columns; j += kColumns, slot++) {
      const int64_t m = smaller(kBlockRows, rows - i), n = smaller(kColumns, columns - j);
      for (int64_t q = 0; q < q_count; q++) {
        const T *source = static_cast<const T *>(v.values) +
                          ((q0 + q) * v.outputs + i0 + i) * v.inputs + j0 + j;
        T *tile = out + (slot * q_count + q) * Simd<T>::kBlock;
        for (int64_t r = 0; r < m; r++) {
          memcpy(tile + r * kColumns, source + r * v.inputs, size_t(n) * sizeof(T));
        }
      }
    }
  }
}

template <class T>
static infl_matrix dense(const T *data, int64_t stride, int64_t columns) {
  return {data, nullptr, stride, sizeof(T) == 4 ? INFL_F32 : INFL_F64, int32_t(columns)};
}

/* The same for V_q = L_q R_q^T: the tile is multiplied out. */
template <class T>
static void load_low_rank_queries(const infl_queries &v, int64_t q0, int64_t q_count, int64_t i0,
                                  int64_t rows, int64_t j0, int64_t columns, Panels<T> &panels,
                                  T *tiles, T *out) {
  for (int64_t q = 0; q < q_count; q++) {
    const T *left = static_cast<const T *>(v.left) + (q0 + q) * v.outputs * v.rank;
    const T *right = static_cast<const T *>(v.right) + (q0 + q) * v.inputs * v.rank;
    const infl_product p = {dense<T>(left, v.rank, v.rank), dense<T>(right, v.rank, v.rank), 0, 0,
                            v.rank};
    gradient_tile<T>(p, nullptr, 0, v.rank, i0, rows, j0, columns, panels, tiles,
                     [&](int64_t, int64_t, int64_t slot, const T *tile) {
                       memcpy(out + (slot * q_count + q) * Simd<T>::kBlock, tile,
                              Simd<T>::kBlock * sizeof(T));
                     });
  }
}

/* A register tile's dots with those of all queries, which follow each other from v on. */
template <class T>
INFL_INLINE void dot_tiles(const T *tile, const T *v, int64_t q_count, LaneSums<T> *sums) {
  typedef typename Simd<T>::Vector V;
  constexpr int kCount = kBlockRows * kVectors;
  V x[kCount];
#pragma GCC unroll 16
  for (int c = 0; c < kCount; c++) x[c] = ((const V *)tile)[c];
  for (int64_t q = 0; q < q_count; q++, v += Simd<T>::kBlock) {
    const V *y = (const V *)v;
    V sum[4] = {x[0] * y[0], x[1] * y[1], x[2] * y[2], x[3] * y[3]};
#pragma GCC unroll 16
    for (int c = 4; c < kCount; c++) sum[c % 4] += x[c] * y[c];
    sums[q].add((sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
}

template <class T>
INFL_INLINE void square_in_place(T *tile) {
  typedef typename Simd<T>::Vector V;
  V *x = (V *)tile;
#pragma GCC unroll 16
  for (int v = 0; v < kBlockRows * kVectors; v++) x[v] = x[v] * x[v];
}

/* Examples that are done together: each register tile of the queries is read once for both. */
constexpr int64_t kTogether = 2;

/* Whether an example's rows are packed in one block of k. */
template <class T>
INFL_INLINE bool one_block(const infl_examples &x, int64_t e) {
  const int64_t k = x.end[e] - x.begin[e];
  return x.packed_a && k > 0 && k <= depth<T>();
}

/* Dots of consecutive examples of one block each with the queries' tile: sums[example][query]. */
template <class T>
static void dot_blocks(const infl_examples &x, int64_t e, int64_t count, int64_t i0, int64_t rows,
                       int64_t j0, int64_t columns, const T *values, int64_t q_count, bool square,
                       T *tile, LaneSums<T> *sums) {
  constexpr int kColumns = Simd<T>::kColumns;
  for (int64_t i = 0; i < rows; i += kBlockRows) {
    for (int64_t j = 0; j < columns; j += kColumns, values += q_count * Simd<T>::kBlock) {
      for (int64_t o = 0; o < count; o++) {
        const int64_t k = x.begin[e + o], n = x.end[e + o] - k;
        const T *a = line_of<T, kColumns>(packed_rows<T>(x.packed_a, x.a_lines, k), n, i0 + i);
        const T *b = packed_rows<T>(x.packed_b, x.b_lines, k) + (j0 + j) * n;
        multiply_panels<T, kBlockRows, kColumns>(n, a, b, tile, kColumns, false);
        if (square) square_in_place<T>(tile);
        dot_tiles<T>(tile, values, q_count, sums + o * q_count);
      }
    }
  }
}

template <class T>
static int32_t dot_tile(const infl_product *product, const infl_examples *examples, int64_t i0,
                        int64_t rows, int64_t j0, int64_t columns, const infl_queries *queries,
                        int64_t q0, int64_t q_count, int32_t square, double *out,
                        void *workspace) {
  constexpr int kBlock = Simd<T>::kBlock;
  if (!fits(rows, columns) || q_count * round_up(rows, kBlockRows) *
                                      round_up(columns, Simd<T>::kColumns) >
                                  INFL_MAX_QUERY_ELEMENTS) {
    return INFL_TILE_TOO_LARGE;
  }
  Workspace space(workspace);
  Panels<T> panels(space);
  T *tiles = take_tiles<T>(space);
  T *values = space.take<T>(INFL_MAX_QUERY_ELEMENTS);
  LaneSums<T> *sums = space.take<LaneSums<T>>(kTogether * q_count);
  if (queries->values) {
    load_dense_queries<T>(*queries, q0, q_count, i0, rows, j0, columns, values);
  } else {
    load_low_rank_queries<T>(*queries, q0, q_count, i0, rows, j0, columns, panels, tiles, values);
  }
  const infl_examples &x = *examples;
  for (int64_t e = 0, count; e < x.count; e += count) {
    for (int64_t q = 0; q < kTogether * q_count; q++) sums[q].clear();
    count = 0;
    while (count < kTogether && e + count < x.count && one_block<T>(x, e + count)) count++;
    if (count > 0) {
      dot_blocks<T>(x, e, count, i0, rows, j0, columns, values, q_count, square != 0, tiles, sums);
    } else {
      count = 1;
      gradient_tile<T>(*product, &x, x.begin[e], x.end[e], i0 + e * x.a_step, rows, j0, columns,
                       panels, tiles, [&](int64_t, int64_t, int64_t slot, T *tile) {
                         if (square) square_in_place<T>(tile);
                         dot_tiles<T>(tile, values + slot * q_count * kBlock, q_count, sums);
                       });
    }
    for (int64_t o = 0; o < count; o++) {
      for (int64_t q = 0; q < q_count; q++) {
        out[q * x.count + e + o] = sums[o * q_count + q].total();
      }
    }
  }
  return INFL_OK;
}

template <class T>
static int32_t residual_tile(const infl_product *product, int64_t i0, int64_t rows, int64_t j0,
                             int64_t columns, const void *d, int64_t ldd, double *out,
                             void *workspace) {
  if (!fits(rows, columns)) return INFL_TILE_TOO_LARGE;
  Workspace space(workspace);
  Panels<T> panels(space);
  T *tiles = take_tiles<T>(space);
  double error = 0, norm = 0;
  gradient_tile<T>(*product, nullptr, 0, product->k, i0, rows, j0, columns, panels, tiles,
                   [&](int64_t i, int64_t j, int64_t, const T *tile) {
                     const T *source = static_cast<const T *>(d) + (i0 + i) * ldd + j0 + j;
                     const int64_t m = smaller(kBlockRows, rows - i);
                     const int64_t n = smaller(Simd<T>::kColumns, columns - j);
                     for (int64_t r = 0; r < m; r++) {
                       for (int64_t c = 0; c < n; c++) {
                         const double x = source[r * ldd + c];
                         const double y = x - double(tile[r * Simd<T>::kColumns + c]);
                         error += y * y;
                         norm += x * x;
                       }
                     }
                   });
  out[0] += error;
  out[1] += norm;
  return INFL_OK;
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
