/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * The register kernel and the plain product.
 *
 * The register kernel multiplies one A panel (kRows lines) with one B panel (kColumns lines):
 * 2 * kRows * kColumns flops for kRows + kColumns loads per k. The A panel (kRows * depth) stays in
 * the first-level cache while B panels stream from the second. Every sum runs over k in ascending
 * order and continues from C, so blocking over k changes no bit.
 */
#ifndef INFLUENCE_GEMM_H
#define INFLUENCE_GEMM_H

#include "pack.h"

namespace infl {
namespace INFL_ISA {

/*
 * c[R x (W vectors)] = (load ? c : 0) + A panel * B panel. Lines of A are S elements apart from k to k,
 * those of B kColumns.
 */
template <class T, int R = kRows, int S = kRows, int W = kVectors>
static __attribute__((noinline)) void multiply_panels(int64_t k, const T *__restrict a,
                                                      const T *__restrict b, T *__restrict c,
                                                      int64_t ldc, bool load) {
  typedef typename Simd<T>::Vector V;
  typedef typename Simd<T>::Loose L;
  constexpr int kLanes = Simd<T>::kLanes;
  V sum[R][W];
  if (load) {
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
#pragma GCC unroll 4
      for (int v = 0; v < W; v++) sum[i][v] = *(const L *)(c + i * ldc + v * kLanes);
    }
  } else {
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
#pragma GCC unroll 4
      for (int v = 0; v < W; v++) sum[i][v] = V{};
    }
  }
  for (int64_t p = 0; p < k; p++) {
    V column[W];
#pragma GCC unroll 4
    for (int v = 0; v < W; v++) column[v] = *(const V *)(b + v * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      const V row = a[i] - V{};
#pragma GCC unroll 4
      for (int v = 0; v < W; v++) sum[i][v] += row * column[v];
    }
    a += S;
    b += kVectors * kLanes;
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; i++) {
#pragma GCC unroll 4
    for (int v = 0; v < W; v++) *(L *)(c + i * ldc + v * kLanes) = sum[i][v];
  }
}

/* Hands out 64-byte aligned pieces of a worker's workspace. */
class Workspace {
 public:
  explicit Workspace(void *memory) : next_(static_cast<char *>(memory)) {}

  template <class T>
  T *take(int64_t count) {
    T *piece = reinterpret_cast<T *>(next_);
    next_ += round_up(count * int64_t(sizeof(T)), 64);
    return piece;
  }

 private:
  char *next_;
};

INFL_INLINE bool fits(int64_t rows, int64_t columns) {
  return rows <= INFL_MAX_TILE_ROWS && columns <= INFL_MAX_TILE_COLUMNS;
}

/* The packed panels of one block of k. */
template <class T>
struct Panels {
  static constexpr int kColumns = Simd<T>::kColumns;
  T *a, *b;

  explicit Panels(Workspace &workspace)
      : a(workspace.take<T>(round_up(INFL_MAX_TILE_ROWS, kRows * kColumns) * depth<T>())),
        b(workspace.take<T>(round_up(INFL_MAX_TILE_COLUMNS, kColumns) * depth<T>())) {}

  void pack_a(const infl_matrix &x, bool rows_are_k, int64_t k0, int64_t n, int64_t i0,
              int64_t rows, bool square = false) {
    pack<T, kRows>(x, rows_are_k, k0, n, i0, rows, square, a);
  }

  /* A in panels like those of B. */
  void pack_alike(const infl_matrix &x, bool rows_are_k, int64_t k0, int64_t n, int64_t i0,
                  int64_t rows) {
    pack<T, kColumns>(x, rows_are_k, k0, n, i0, rows, false, a);
  }

  void pack_b(const infl_matrix &x, bool rows_are_k, int64_t k0, int64_t n, int64_t j0,
              int64_t columns, bool square = false) {
    pack<T, kColumns>(x, rows_are_k, k0, n, j0, columns, square, b);
  }
};

/* The packed rows from k on of one block of k, all lines. */
template <class T>
INFL_INLINE T *packed_rows(void *packed, int64_t lines, int64_t k) {
  return static_cast<T *>(packed) + k * lines;
}
template <class T>
INFL_INLINE const T *packed_rows(const void *packed, int64_t lines, int64_t k) {
  return static_cast<const T *>(packed) + k * lines;
}

/* Line i of packed panels of S lines, at the first of k rows. */
template <class T, int S>
INFL_INLINE const T *line_of(const T *panels, int64_t k, int64_t i) {
  return panels + i / S * S * k + i % S;
}

/*
 * R lines at a time of packed panels of S lines, as the register kernel reads them: where they are if
 * they never lie in two panels, else copied to one panel of their own, which takes less of the
 * first-level cache, too.
 */
template <class T, int R, int S>
class Lines {
  static constexpr bool kCopied = S % R != 0;

 public:
  static constexpr int kStep = kCopied ? R : S; /* elements from k to k */

  Lines(const T *panels, int64_t k) : panels_(panels), k_(k) {}

  /* Lines [i, i + R), of which `count` exist; valid up to the next call. */
  const T *at(int64_t i, int64_t count) {
    if (!kCopied) return line_of<T, S>(panels_, k_, i);
    if (count < R) memset(copy_, 0, size_t(R * k_) * sizeof(T));
    for (int64_t r = 0; r < count;) {
      const int64_t together = smaller(count - r, S - (i + r) % S);
      const T *from = line_of<T, S>(panels_, k_, i + r);
      int64_t w = 0;
      for (; w + 4 <= together; w += 4) copy<4>(from + w, copy_ + r + w);
      if (together & 2) copy<2>(from + w, copy_ + r + w);
      w += together & 2;
      if (together & 1) copy<1>(from + w, copy_ + r + w);
      r += together;
    }
    return copy_;
  }

 private:
  template <int N>
  void copy(const T *from, T *to) const {
    for (int64_t p = 0; p < k_; p++) memcpy(to + p * R, from + p * S, N * sizeof(T));
  }

  const T *panels_;
  const int64_t k_;
  alignas(64) T copy_[kCopied ? R * depth<T>() : 1];
};

/* One register tile of C of which only rows x columns exist. */
template <class T, int R, int S>
static void multiply_edge(int64_t k, const T *a, const T *b, T *c, int64_t ldc, int64_t rows,
                          int64_t columns, bool load) {
  constexpr int kColumns = Simd<T>::kColumns;
  alignas(64) T tile[R * kColumns] = {};
  if (load) {
    for (int64_t i = 0; i < rows; i++) {
      memcpy(tile + i * kColumns, c + i * ldc, size_t(columns) * sizeof(T));
    }
  }
  if (columns <= Simd<T>::kLanes) {
    multiply_panels<T, R, S, 1>(k, a, b, tile, kColumns, load);
  } else {
    multiply_panels<T, R, S>(k, a, b, tile, kColumns, load);
  }
  for (int64_t i = 0; i < rows; i++) {
    memcpy(c + i * ldc, tile + i * kColumns, size_t(columns) * sizeof(T));
  }
}

/* C tile = or += packed A from line i0 on (a multiple of R) * packed B. */
template <class T, int R = kRows, int S = kRows>
static void multiply_packed(const T *a_panels, int64_t i0, const T *b_panels, int64_t k,
                            int64_t rows, int64_t columns, T *c, int64_t ldc, bool load) {
  constexpr int kColumns = Simd<T>::kColumns, kStep = Lines<T, R, S>::kStep;
  Lines<T, R, S> lines(a_panels, k);
  for (int64_t i = 0; i < rows; i += R) {
    const int64_t m = smaller(R, rows - i);
    const T *a = lines.at(i0 + i, m);
    for (int64_t j = 0; j < columns; j += kColumns) {
      const int64_t n = smaller(kColumns, columns - j);
      const T *b = b_panels + j * k;
      if (m == R && n == kColumns) {
        multiply_panels<T, R, kStep>(k, a, b, c + i * ldc + j, ldc, load);
      } else {
        multiply_edge<T, R, kStep>(k, a, b, c + i * ldc + j, ldc, m, n, load);
      }
    }
  }
}

/* The same where both sides are packed in panels of kColumns lines. */
template <class T>
static void multiply_alike(const T *a_panels, int64_t i0, const T *b_panels, int64_t k,
                           int64_t rows, int64_t columns, T *c, int64_t ldc, bool load) {
  multiply_packed<T, kBlockRows, Simd<T>::kColumns>(a_panels, i0, b_panels, k, rows, columns, c,
                                                    ldc, load);
}

/*
 * The same for any number of columns: lines of A pass by kBlockColumns columns of B at a time, which
 * stay in the second-level cache.
 */
template <class T>
static void multiply_wide(const T *a_panels, const T *b_panels, int64_t k, int64_t rows,
                          int64_t columns, T *c, int64_t ldc, bool load) {
  constexpr int64_t kBlockColumns = 256;
  for (int64_t j = 0; j < columns; j += kBlockColumns) {
    multiply_packed<T>(a_panels, 0, b_panels + j * k, k, rows, smaller(kBlockColumns, columns - j),
                       c + j, ldc, load);
  }
}

template <class T>
static void clear_tile(T *c, int64_t ldc, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++) memset(c + i * ldc, 0, size_t(columns) * sizeof(T));
}

template <class T>
static void multiply_tile(const infl_product &p, int64_t k_begin, int64_t k_end, int64_t i0,
                          int64_t rows, int64_t j0, int64_t columns, T *c, int64_t ldc,
                          bool accumulate, Panels<T> &panels) {
  if (k_begin == k_end && !accumulate) clear_tile<T>(c, ldc, rows, columns);
  for (int64_t k0 = k_begin; k0 < k_end; k0 += depth<T>()) {
    const int64_t n = smaller(depth<T>(), k_end - k0);
    panels.pack_a(p.a, p.a_rows_are_k, k0, n, i0, rows);
    panels.pack_b(p.b, p.b_rows_are_k, k0, n, j0, columns);
    multiply_wide<T>(panels.a, panels.b, n, rows, columns, c, ldc, accumulate || k0 > k_begin);
  }
}

template <class T>
static int32_t multiply(const infl_product *product, int64_t i0, int64_t rows, int64_t j0,
                        int64_t columns, void *c, int64_t ldc, int32_t accumulate,
                        void *workspace) {
  if (!fits(rows, columns)) return INFL_TILE_TOO_LARGE;
  Workspace space(workspace);
  Panels<T> panels(space);
  multiply_tile<T>(*product, 0, product->k, i0, rows, j0, columns,
                   static_cast<T *>(c) + i0 * ldc + j0, ldc, accumulate != 0, panels);
  return INFL_OK;
}

template <class T>
static int32_t multiply_by_packed(const infl_product *product, const void *packed_b,
                                  int64_t b_lines, int64_t i0, int64_t rows, int64_t j0,
                                  int64_t columns, void *c, int64_t ldc, void *workspace) {
  if (!fits(rows, columns)) return INFL_TILE_TOO_LARGE;
  Workspace space(workspace);
  Panels<T> panels(space);
  const infl_product &p = *product;
  T *target = static_cast<T *>(c) + i0 * ldc + j0;
  if (p.k == 0) clear_tile<T>(target, ldc, rows, columns);
  for (int64_t k = 0; k < p.k; k += depth<T>()) {
    const int64_t n = smaller(depth<T>(), p.k - k);
    panels.pack_a(p.a, p.a_rows_are_k, k, n, i0, rows);
    multiply_wide<T>(panels.a, packed_rows<T>(packed_b, b_lines, k) + j0 * n, n, rows, columns,
                     target, ldc, k > 0);
  }
  return INFL_OK;
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
