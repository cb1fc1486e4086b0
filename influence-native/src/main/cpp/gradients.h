/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Per-example gradients that never leave the cache: each register tile of G_e = A_e B_e is squared
 * and added as soon as its last k is done; for dots the tiles of a few examples are held.
 *
 * Flops per element of a gradient: 2 T for the product, 2 for the square, 2 Q for the dots. Traffic:
 * the packed rows of the example (T * (rows + columns) a tile) and the tile of sums or queries, which
 * are resident in the second-level cache over all examples of the call. Where there are too many
 * queries for that, groups of them pass by up to DotTile::kHeld gradients.
 */
#ifndef INFLUENCE_GRADIENTS_H
#define INFLUENCE_GRADIENTS_H

#include "gemm.h"

namespace infl {
namespace INFL_ISA {

/* Sums of vectors of T, over fixed lanes, in double. */
template <class T>
struct LaneSums {
  typename Simd<double>::Vector sums;

  void clear() { sums = typename Simd<double>::Vector{}; }
  void add(typename Simd<T>::Vector x) { sums += widen_halves(x); }
  double total() const {
    double result = 0;
    for (int l = 0; l < Simd<double>::kLanes; l++) result += sums[l];
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
 * Computes one example's tile in register tiles at(slot), slot being their number, and calls
 * done(i, j, slot, register tile) for each.
 */
template <class T, class At, class Done>
INFL_INLINE void gradient_tile_at(const infl_product &p, const infl_examples *x, int64_t k_begin,
                                  int64_t k_end, int64_t i0, int64_t rows, int64_t j0,
                                  int64_t columns, Panels<T> &panels, At &&at, Done &&done) {
  constexpr int kColumns = Simd<T>::kColumns, kStep = Lines<T, kBlockRows, kColumns>::kStep;
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
    Lines<T, kBlockRows, kColumns> lines(a, n);
    int64_t slot = 0;
    for (int64_t i = 0; i < rows; i += kBlockRows) {
      const T *block = lines.at(packed ? i0 + i : i, smaller(kBlockRows, rows - i));
      for (int64_t j = 0; j < columns; j += kColumns, slot++) {
        T *tile = at(slot);
        multiply_panels<T, kBlockRows, kStep>(n, block, b + j * n, tile, kColumns, k > k_begin);
        if (last) done(i, j, slot, tile);
      }
    }
  }
}

/* The same in `tiles`, of which only the last register tile may be kept. */
template <class T, class Done>
INFL_INLINE void gradient_tile(const infl_product &p, const infl_examples *x, int64_t k_begin,
                               int64_t k_end, int64_t i0, int64_t rows, int64_t j0,
                               int64_t columns, Panels<T> &panels, T *tiles, Done &&done) {
  const int64_t step = k_end - k_begin <= depth<T>() ? 0 : Simd<T>::kBlock;
  gradient_tile_at<T>(p, x, k_begin, k_end, i0, rows, j0, columns, panels,
                      [&](int64_t slot) { return tiles + slot * step; }, done);
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

/*
 * Tiles that are dotted with each other lie in pieces of kPiece elements, a number of register tiles:
 * [piece][matrix][kPiece]. Four examples' pieces stay in the first-level cache.
 */
template <class T>
struct Pieces {
  static constexpr int64_t kVectorsEach = kBlockRows == 6 ? 96 : 64;
  static constexpr int64_t kPiece = kVectorsEach * Simd<T>::kLanes;
  static constexpr int64_t kSlots = kPiece / Simd<T>::kBlock;
  static_assert(kPiece % Simd<T>::kBlock == 0, "whole register tiles");

  /* Register tile `slot` of one of `count` matrices. */
  static T *slot(T *pieces, int64_t count, int64_t matrix, int64_t slot) {
    return pieces + (slot / kSlots * count + matrix) * kPiece + slot % kSlots * Simd<T>::kBlock;
  }
};

/* Elements of a tile with its edges filled up to register tiles. */
template <class T>
INFL_INLINE int64_t padded_elements(int64_t rows, int64_t columns) {
  return round_up(rows, kBlockRows) * round_up(columns, Simd<T>::kColumns);
}

/* The tiles of dense queries [q0, q0 + q_count) in pieces, zero outside. */
template <class T>
static void load_dense_queries(const infl_queries &v, int64_t q0, int64_t q_count, int64_t i0,
                               int64_t rows, int64_t j0, int64_t columns, T *out) {
  constexpr int kColumns = Simd<T>::kColumns;
  const int64_t padded = padded_elements<T>(rows, columns);
  if (padded > rows * columns) {
    memset(out, 0, size_t(round_up(padded, Pieces<T>::kPiece) * q_count) * sizeof(T));
  }
  constexpr int64_t kRowsAhead = 8;
  const int64_t slots = (columns + kColumns - 1) / kColumns;
  for (int64_t q = 0; q < q_count; q++) {
    const T *source = static_cast<const T *>(v.values) + ((q0 + q) * v.outputs + i0) * v.inputs + j0;
    for (int64_t i = 0; i < rows; i++, source += v.inputs) {
      prefetch_row(source + kRowsAhead * v.inputs, columns);
      for (int64_t s = 0; s < slots; s++) {
        T *tile = Pieces<T>::slot(out, q_count, q, i / kBlockRows * slots + s);
        memcpy(tile + i % kBlockRows * kColumns, source + s * kColumns,
               size_t(smaller(kColumns, columns - s * kColumns)) * sizeof(T));
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
                       memcpy(Pieces<T>::slot(out, q_count, q, slot), tile,
                              Simd<T>::kBlock * sizeof(T));
                     });
  }
}

template <class T>
INFL_INLINE void square_in_place(T *tile) {
  typedef typename Simd<T>::Vector V;
  V *x = (V *)tile;
#pragma GCC unroll 16
  for (int v = 0; v < kBlockRows * kVectors; v++) x[v] = x[v] * x[v];
}

/* sums[e * step + q] += the dots of E gradients with Q queries over n vectors of a piece. */
template <class T, int E, int Q>
static void dot_pieces(const T *gradients, const T *queries, int64_t n, LaneSums<T> *sums,
                       int64_t step) {
  typedef typename Simd<T>::Vector V;
  constexpr int64_t kPiece = Pieces<T>::kPiece, kLanes = Simd<T>::kLanes;
  V dots[E][Q] = {};
  for (int64_t v = 0; v < n; v++, gradients += kLanes, queries += kLanes) {
    V g[E];
#pragma GCC unroll 4
    for (int e = 0; e < E; e++) g[e] = *(const V *)(gradients + e * kPiece);
#pragma GCC unroll 4
    for (int q = 0; q < Q; q++) {
      const V x = *(const V *)(queries + q * kPiece);
#pragma GCC unroll 4
      for (int e = 0; e < E; e++) dots[e][q] += g[e] * x;
    }
  }
#pragma GCC unroll 4
  for (int e = 0; e < E; e++) {
#pragma GCC unroll 4
    for (int q = 0; q < Q; q++) sums[e * step + q].add(dots[e][q]);
  }
}

/* The same for any number of queries. */
template <class T, int E>
static void dot_queries(const T *gradients, const T *queries, int64_t q_count, int64_t n,
                        LaneSums<T> *sums) {
  constexpr int64_t kPiece = Pieces<T>::kPiece;
  int64_t q = 0;
  for (; q + kDotQueries <= q_count; q += kDotQueries) {
    dot_pieces<T, E, kDotQueries>(gradients, queries + q * kPiece, n, sums + q, q_count);
  }
  for (; q < q_count; q++) {
    dot_pieces<T, E, 1>(gradients, queries + q * kPiece, n, sums + q, q_count);
  }
}

/* A tile of all gradients and queries of a call: gradients are formed once, whatever the queries. */
template <class T>
struct DotTile {
  static constexpr int64_t kHeld = 128, kGroup = 16; /* examples and queries of the largest tile */
  static constexpr int64_t kMostQueries = 64;        /* in a group of any tile */

  const infl_product &product;
  const infl_examples &examples;
  const infl_queries &queries;
  const int64_t i0, rows, j0, columns, elements;
  Panels<T> panels;
  T *tiles, *values, *gradients;
  LaneSums<T> *sums;

  DotTile(const infl_product &p, const infl_examples &x, const infl_queries &v, int64_t first_row,
          int64_t row_count, int64_t first_column, int64_t column_count, Workspace &space)
      : product(p),
        examples(x),
        queries(v),
        i0(first_row),
        rows(row_count),
        j0(first_column),
        columns(column_count),
        elements(padded_elements<T>(rows, columns)),
        panels(space),
        tiles(space.take<T>(INFL_MAX_DOT_ELEMENTS)),
        values(space.take<T>(kGroup * INFL_MAX_DOT_ELEMENTS)),
        gradients(space.take<T>(kHeld * INFL_MAX_DOT_ELEMENTS)),
        sums(space.take<LaneSums<T>>(kDotExamples * kMostQueries)) {}

  /* How many matrices fit into the memory of `most` of the largest tiles. */
  int64_t fitting(int64_t most) const {
    return most * INFL_MAX_DOT_ELEMENTS / round_up(elements, Pieces<T>::kPiece);
  }

  void load(int64_t q0, int64_t q_count) {
    if (queries.values) {
      load_dense_queries<T>(queries, q0, q_count, i0, rows, j0, columns, values);
    } else {
      load_low_rank_queries<T>(queries, q0, q_count, i0, rows, j0, columns, panels, tiles, values);
    }
  }

  /* Forms the gradients of examples [e0, e0 + count). */
  void form(int64_t e0, int64_t count, bool square) {
    for (int64_t o = 0; o < count; o++) {
      const int64_t e = e0 + o, begin = examples.begin[e], end = examples.end[e];
      const auto at = [&](int64_t slot) { return Pieces<T>::slot(gradients, count, o, slot); };
      gradient_tile_at<T>(product, &examples, begin, end, i0 + e * examples.a_step, rows, j0,
                          columns, panels, at, [&](int64_t, int64_t, int64_t, T *tile) {
                            if (square) square_in_place<T>(tile);
                          });
      for (int64_t s = 0; begin == end && s < elements / Simd<T>::kBlock; s++) {
        memset(at(s), 0, Simd<T>::kBlock * sizeof(T));
      }
    }
  }

  /* Dots of E of `count` gradients from o on with the loaded queries: out[q * stride + e]. */
  template <int E>
  void dot(int64_t o, int64_t count, int64_t q_count, double *out, int64_t stride) {
    constexpr int64_t kPiece = Pieces<T>::kPiece;
    for (int64_t i = 0; i < E * q_count; i++) sums[i].clear();
    for (int64_t first = 0; first < elements; first += kPiece) {
      dot_queries<T, E>(gradients + first * count + o * kPiece, values + first * q_count, q_count,
                        smaller(kPiece, elements - first) / Simd<T>::kLanes, sums);
    }
    for (int64_t e = 0; e < E; e++) {
      for (int64_t q = 0; q < q_count; q++) out[q * stride + e] = sums[e * q_count + q].total();
    }
  }

  void dot(int64_t count, int64_t q_count, double *out) {
    int64_t o = 0;
    for (; o + kDotExamples <= count; o += kDotExamples) {
      dot<kDotExamples>(o, count, q_count, out + o, examples.count);
    }
    for (; o < count; o++) dot<1>(o, count, q_count, out + o, examples.count);
  }
};

template <class T>
static int32_t dot_tile(const infl_product *product, const infl_examples *examples, int64_t i0,
                        int64_t rows, int64_t j0, int64_t columns, const infl_queries *queries,
                        int64_t q0, int64_t q_count, int32_t square, double *out,
                        void *workspace) {
  if (!fits(rows, columns) || padded_elements<T>(rows, columns) > INFL_MAX_DOT_ELEMENTS) {
    return INFL_TILE_TOO_LARGE;
  }
  Workspace space(workspace);
  DotTile<T> tile(*product, *examples, *queries, i0, rows, j0, columns, space);
  const int64_t most = smaller(DotTile<T>::kMostQueries, tile.fitting(DotTile<T>::kGroup) / 4 * 4);
  const int64_t group = smaller(q_count, most);
  /* Queries of one group stay loaded, so few gradients are held, in the second-level cache. */
  const int64_t held = group == q_count ? kDotExamples : tile.fitting(DotTile<T>::kHeld);
  const int64_t all = examples->count;
  for (int64_t e = 0; e < all; e += held) {
    const int64_t count = smaller(held, all - e);
    tile.form(e, count, square != 0);
    for (int64_t q = 0; q < q_count; q += group) {
      const int64_t some = smaller(group, q_count - q);
      if (e == 0 || group < q_count) tile.load(q0 + q, some);
      tile.dot(count, some, out + q * all + e);
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
