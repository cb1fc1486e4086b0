/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Scores of examples of one row against many dense queries: one product over k = (output, input) of
 * the queries (lines of A) with the examples' outer products (lines of B), which are formed panel by
 * panel while they are packed: one multiplication an element, used by all queries.
 *
 * Flops: 2 Q an element of a gradient. Traffic: the packed queries once for each tile of examples. Each
 * block of depth() k is summed in T and added to `out` in double, so results depend neither on how k is
 * cut into calls at multiples of INFL_OUTER_UNIT nor on the examples or queries beside.
 */
#ifndef INFLUENCE_OUTER_H
#define INFLUENCE_OUTER_H

#include "gemm.h"

namespace infl {
namespace INFL_ISA {

constexpr int64_t kOuterResident = int64_t(1) << 19; /* elements of packed activations kept over all k */

constexpr int64_t kFewQueries = 8; /* up to so many, products are not worth storing */

/* Queries [0, q_count), k in [k0, k0 + n), in panels of kRows queries. */
template <class T>
static int32_t pack_queries(const infl_queries *queries, int64_t q_count, int64_t k0, int64_t n,
                            void *packed) {
  const int64_t elements = queries->outputs * queries->inputs;
  const int64_t lines = round_up(q_count, INFL_ROW_UNIT);
  T *out = static_cast<T *>(packed);
  for (int64_t k = 0; k < n; k += depth<T>()) {
    const int64_t some = smaller(depth<T>(), n - k);
    const infl_matrix v = {static_cast<const T *>(queries->values) + k0 + k, nullptr, elements,
                           sizeof(T) == 4 ? INFL_F32 : INFL_F64, int32_t(some)};
    pack<T, kRows>(v, false, 0, some, 0, q_count, false, out + k * lines);
  }
  return INFL_OK;
}

template <class T>
struct Outer {
  static constexpr int kColumns = Simd<T>::kColumns;
  const infl_matrix &a, &x;
  const int64_t i0, rows, inputs;
  const bool resident;
  T *left, *right, *formed;

  Outer(const infl_matrix &gradients, const infl_matrix &activations, int64_t first, int64_t count,
        int64_t m, Workspace &space)
      : a(gradients),
        x(activations),
        i0(first),
        rows(count),
        inputs(m),
        resident(round_up(count, kColumns) * m <= kOuterResident),
        left(space.take<T>((depth<T>() + 2) * INFL_OUTER_ROWS)),
        right(space.take<T>(kOuterResident)),
        formed(space.take<T>(depth<T>() * INFL_OUTER_ROWS)) {
    if (resident) pack<T, kColumns>(x, false, 0, m, i0, rows, false, right);
  }

  static int64_t outputs_of(int64_t k0, int64_t n, int64_t inputs) {
    return (k0 + n - 1) / inputs - k0 / inputs + 1;
  }

  /* Packs the gradients of the outputs that [k0, k0 + n) touches. */
  void pack_left(int64_t k0, int64_t n) {
    pack<T, kColumns>(a, false, k0 / inputs, outputs_of(k0, n, inputs), i0, rows, false, left);
  }

  /* Forms the outer products for k in [k0, k0 + n). */
  void form(int64_t k0, int64_t n) {
    const int64_t first = k0 / inputs, outputs = outputs_of(k0, n, inputs);
    pack_left(k0, n);
    for (int64_t k = k0; k < k0 + n;) {
      const int64_t i = k / inputs, j = k % inputs;
      const int64_t some = smaller(inputs - j, k0 + n - k);
      if (!resident) pack<T, kColumns>(x, false, j, some, i0, rows, false, right);
      for (int64_t p = 0; p * kColumns < rows; p++) {
        const T *activation = right + (resident ? p * inputs + j : p * some) * kColumns;
        multiply_line(left + (p * outputs + i - first) * kColumns, activation, some,
                      formed + (p * n + k - k0) * kColumns);
      }
      k += some;
    }
  }

  /* out = each of n lines of `lines`, times `line`. */
  static void multiply_line(const T *line, const T *lines, int64_t n, T *out) {
    typedef typename Simd<T>::Vector V;
    V factor[kVectors];
    for (int v = 0; v < kVectors; v++) factor[v] = ((const V *)line)[v];
    for (int64_t k = 0; k < n; k++) {
      for (int v = 0; v < kVectors; v++) {
        ((V *)out)[k * kVectors + v] = ((const V *)lines)[k * kVectors + v] * factor[v];
      }
    }
  }
};

/* One row of a register tile, added in double. */
template <class T>
INFL_INLINE void add_row(const typename Simd<T>::Vector *sums, double *out) {
  constexpr int kLanes = Simd<T>::kLanes;
  typedef typename Lanes<double, kLanes>::Loose Wide;
  for (int v = 0; v < kVectors; v++) {
    *(Wide *)(out + v * kLanes) += __builtin_convertvector(sums[v], Wide);
  }
}

/* out += R rows of panel p over the formed k, in double. */
template <class T>
struct Formed {
  const Outer<T> &outer;
  int64_t k0, n;

  template <int R>
  void add(int64_t p, const T *a, double *out, int64_t ldo) const {
    alignas(64) T tile[R * Simd<T>::kColumns];
    multiply_panels<T, R>(n, a, outer.formed + p * n * Simd<T>::kColumns, tile, Simd<T>::kColumns,
                          false);
    for (int i = 0; i < R; i++) {
      add_row<T>((const typename Simd<T>::Vector *)tile + i * kVectors, out + i * ldo);
    }
  }
};

/* The same bits with outer products that stay in registers, for few rows: activations are resident. */
template <class T>
struct Unformed {
  const Outer<T> &outer;
  int64_t k0, n;

  template <int R>
  void add(int64_t p, const T *a, double *out, int64_t ldo) const {
    typedef typename Simd<T>::Vector V;
    const int64_t inputs = outer.inputs, first = k0 / inputs;
    const int64_t outputs = Outer<T>::outputs_of(k0, n, inputs);
    V sum[R][kVectors] = {};
    for (int64_t k = k0; k < k0 + n;) {
      const int64_t i = k / inputs, j = k % inputs, some = smaller(inputs - j, k0 + n - k);
      const V *line = (const V *)(outer.left + (p * outputs + i - first) * Simd<T>::kColumns);
      const V *x = (const V *)(outer.right + (p * inputs + j) * Simd<T>::kColumns);
      V factor[kVectors];
      for (int v = 0; v < kVectors; v++) factor[v] = line[v];
      for (int64_t c = 0; c < some; c++, a += kRows, x += kVectors) {
        V product[kVectors];
        for (int v = 0; v < kVectors; v++) product[v] = x[v] * factor[v];
#pragma GCC unroll 16
        for (int r = 0; r < R; r++) {
          const V row = a[r] - V{};
          for (int v = 0; v < kVectors; v++) sum[r][v] += row * product[v];
        }
      }
      k += some;
    }
    for (int r = 0; r < R; r++) add_row<T>(sum[r], out + r * ldo);
  }
};

/* No more rows than are needed, more or less: a row's bits are the same in any tile. */
template <class T, class Product>
static void add_product(const Product &product, int64_t m, int64_t p, const T *a, double *out,
                        int64_t ldo) {
  if (m == 1) {
    product.template add<1>(p, a, out, ldo);
  } else if (m == 2) {
    product.template add<2>(p, a, out, ldo);
  } else if (m == 3) {
    product.template add<3>(p, a, out, ldo);
  } else if (m == 4) {
    product.template add<4>(p, a, out, ldo);
  } else if (m <= 6) {
    product.template add<6>(p, a, out, ldo);
  } else if (kRows > 8 && m <= 8) {
    product.template add<(kRows < 8 ? kRows : 8)>(p, a, out, ldo);
  } else {
    product.template add<kRows>(p, a, out, ldo);
  }
}

/* Queries [q0, q0 + q_count) with all panels of examples. */
template <class T, class Product>
static void add_products(const Product &product, const T *v, int64_t q0, int64_t q_count,
                         double *out, int64_t ldo) {
  constexpr int kColumns = Simd<T>::kColumns;
  for (int64_t q = q0; q < q0 + q_count; q += kRows) {
    for (int64_t p = 0; p * kColumns < product.outer.rows; p++) {
      add_product<T>(product, smaller(kRows, q0 + q_count - q), p, v + q * product.n,
                     out + q * ldo + product.outer.i0 + p * kColumns, ldo);
    }
  }
}

template <class T>
static int32_t outer_tile(const infl_matrix *a, const infl_matrix *x, int64_t i0, int64_t rows,
                          int64_t inputs, const void *packed, int64_t q_total, int64_t q0,
                          int64_t q_count, int64_t k0, int64_t n, double *out, int64_t ldo,
                          void *workspace) {
  if (rows > INFL_OUTER_ROWS) return INFL_TILE_TOO_LARGE;
  Workspace space(workspace);
  Outer<T> outer(*a, *x, i0, rows, inputs, space);
  const int64_t lines = round_up(q_total, INFL_ROW_UNIT);
  for (int64_t k = 0; k < n; k += depth<T>()) {
    const int64_t some = smaller(depth<T>(), n - k);
    const T *v = static_cast<const T *>(packed) + k * lines;
    if (outer.resident && q_count <= kFewQueries) {
      outer.pack_left(k0 + k, some);
      add_products<T>(Unformed<T>{outer, k0 + k, some}, v, q0, q_count, out, ldo);
    } else {
      outer.form(k0 + k, some);
      add_products<T>(Formed<T>{outer, k0 + k, some}, v, q0, q_count, out, ldo);
    }
  }
  return INFL_OK;
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
