/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Packing: copies a block of an infl_matrix into panels for the register kernel.
 *
 * Layout: panel p holds lines p*W .. p*W+W-1 (rows of A or columns of B); its element (k, w) is
 * panel[k*W + w]. Missing lines are zero. All element types are converted, rows are found through
 * the index and the homogeneous column is made up here, so the input is never copied as a whole.
 * Traffic: one read of the source, one write of the panel, per element and tile.
 */
#ifndef INFLUENCE_PACK_H
#define INFLUENCE_PACK_H

#include "influence_cpu.h"
#include "vectors.h"

namespace infl {
namespace INFL_ISA {

struct Half {
  uint16_t bits;
};
struct BFloat {
  uint16_t bits;
};

template <class D>
INFL_INLINE D widen(float x) {
  return D(x);
}
template <class D>
INFL_INLINE D widen(double x) {
  return D(x);
}
template <class D>
INFL_INLINE D widen(Half x) {
  _Float16 half;
  memcpy(&half, &x.bits, 2);
  return D(float(half));
}
template <class D>
INFL_INLINE D widen(BFloat x) {
  uint32_t bits = uint32_t(x.bits) << 16;
  float value;
  memcpy(&value, &bits, 4);
  return D(value);
}

template <class S>
INFL_INLINE const S *row_of(const infl_matrix &x, int64_t row) {
  return static_cast<const S *>(x.data) + (x.index ? int64_t(x.index[row]) : row) * x.stride;
}

/* One row's elements [first, first + n) to out, the column `columns` being 1. */
template <class D, class S>
INFL_INLINE void copy_row(const infl_matrix &x, int64_t row, int64_t first, int64_t n, D *out) {
  const S *source = row_of<S>(x, row) + first;
  int64_t stored = x.columns - first < n ? x.columns - first : n;
  for (int64_t c = 0; c < stored; c++) out[c] = widen<D>(source[c]);
  for (int64_t c = stored < 0 ? 0 : stored; c < n; c++) out[c] = D(1);
}

/* Short pieces of distant rows are more than the processor foresees. */
template <class S>
INFL_INLINE void prefetch_row(const S *row, int64_t n) {
  for (int64_t c = 0; c < n; c += 64 / int64_t(sizeof(S))) __builtin_prefetch(row + c);
}

/*
 * Lines are columns of x: contiguous copies of W elements. Panels are written a few k at a time, since
 * the same k of all panels falls into few sets of the first-level cache; the k after them are fetched
 * piece by piece meanwhile.
 */
template <class D, class S, int W>
static void pack_rows_are_k(const infl_matrix &x, int64_t k0, int64_t depth, int64_t line0,
                            int64_t lines, D *panels) {
  constexpr int64_t kBlock = 8;
  const int64_t whole = (smaller(lines, x.columns - line0)) / W;
  for (int64_t kb = 0; kb < depth; kb += kBlock) {
    const int64_t block = smaller(kBlock, depth - kb);
    const S *sources[kBlock], *next[kBlock];
    for (int64_t k = 0; k < block; k++) {
      sources[k] = row_of<S>(x, k0 + kb + k) + line0;
      next[k] = row_of<S>(x, k0 + smaller(kb + kBlock + k, depth - 1)) + line0;
    }
    D *out = panels + kb * W;
    for (int64_t p = 0; p < whole; p++, out += (depth - block) * W) {
      for (int64_t k = 0; k < block; k++, out += W) {
        prefetch_row(next[k] + p * W, W);
        for (int w = 0; w < W; w++) out[w] = widen<D>(sources[k][p * W + w]);
      }
    }
    for (int64_t line = whole * W; line < lines; line += W, out += (depth - block) * W) {
      const int64_t n = smaller(W, lines - line);
      for (int64_t k = 0; k < block; k++, out += W) {
        copy_row<D, S>(x, k0 + kb + k, line0 + line, n, out);
        for (int64_t w = n; w < W; w++) out[w] = D(0);
      }
    }
  }
}

/* Four rows to four lines, n a multiple of 4; only where nothing is converted. */
template <class D, class S>
struct FourRows {
  static constexpr bool kPossible = false;
  static void transpose(const S *const *, int64_t, D *, int64_t) {}
};

template <class D>
struct FourRows<D, D> {
  static constexpr bool kPossible = true;
  typedef typename Lanes<D, 4>::Loose V;

  static void transpose(const D *const *rows, int64_t n, D *out, int64_t width) {
    for (int64_t k = 0; k < n; k += 4, out += 4 * width) {
      const V a = *(const V *)(rows[0] + k), b = *(const V *)(rows[1] + k);
      const V c = *(const V *)(rows[2] + k), d = *(const V *)(rows[3] + k);
      const V ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
      const V cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
      const V ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      const V cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      *(V *)out = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
      *(V *)(out + width) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
      *(V *)(out + 2 * width) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
      *(V *)(out + 3 * width) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
    }
  }
};

/* Lines are rows of x: a transposition, in blocks of k that stay in the first-level cache. */
template <class D, class S, int W>
static void pack_columns_are_k(const infl_matrix &x, int64_t k0, int64_t depth, int64_t line0,
                               int64_t lines, D *panels) {
  constexpr int64_t kBlock = 64;
  for (int64_t line = 0; line < lines; line += W, panels += depth * W) {
    const int64_t n = smaller(W, lines - line);
    for (int64_t kb = 0; kb < depth; kb += kBlock) {
      const int64_t block = smaller(kBlock, depth - kb);
      const int64_t stored = smaller(block, x.columns - k0 - kb);
      D *out = panels + kb * W;
      const int64_t fours = FourRows<D, S>::kPossible && stored > 0 ? stored / 4 * 4 : 0;
      for (int64_t w = 0; fours > 0 && w + 4 <= n; w += 4) {
        const S *sources[4];
        for (int64_t r = 0; r < 4; r++) sources[r] = row_of<S>(x, line0 + line + w + r) + k0 + kb;
        FourRows<D, S>::transpose(sources, fours, out + w, W);
      }
      for (int64_t w = 0; w < n; w++) {
        const S *source = row_of<S>(x, line0 + line + w) + k0 + kb;
        int64_t k = w < n / 4 * 4 ? fours : 0;
        for (; k < stored; k++) out[k * W + w] = widen<D>(source[k]);
        for (; k < block; k++) out[k * W + w] = D(1);
      }
      for (int64_t w = n; w < W; w++) {
        for (int64_t k = 0; k < block; k++) out[k * W + w] = D(0);
      }
    }
  }
}

template <class D, class S, int W>
INFL_INLINE void pack_from(const infl_matrix &x, bool rows_are_k, int64_t k0, int64_t depth,
                           int64_t line0, int64_t lines, D *panels) {
  if (rows_are_k) {
    pack_rows_are_k<D, S, W>(x, k0, depth, line0, lines, panels);
  } else {
    pack_columns_are_k<D, S, W>(x, k0, depth, line0, lines, panels);
  }
}

/* Packs lines [line0, line0 + lines) and k in [k0, k0 + depth) into panels of W lines. */
template <class D, int W>
static void pack(const infl_matrix &x, bool rows_are_k, int64_t k0, int64_t depth, int64_t line0,
                 int64_t lines, bool square, D *panels) {
  switch (x.type) {
    case INFL_F32:
      pack_from<D, float, W>(x, rows_are_k, k0, depth, line0, lines, panels);
      break;
    case INFL_F64:
      pack_from<D, double, W>(x, rows_are_k, k0, depth, line0, lines, panels);
      break;
    case INFL_F16:
      pack_from<D, Half, W>(x, rows_are_k, k0, depth, line0, lines, panels);
      break;
    default:
      pack_from<D, BFloat, W>(x, rows_are_k, k0, depth, line0, lines, panels);
  }
  if (square) {
    const int64_t count = round_up(lines, W) * depth;
    for (int64_t i = 0; i < count; i++) panels[i] *= panels[i];
  }
}

/* Converts a whole block of rows to row-major T. */
template <class D>
static void convert_rows(const infl_matrix &x, int64_t i0, int64_t rows, int64_t first,
                         int64_t columns, D *out, int64_t ldo) {
  for (int64_t r = 0; r < rows; r++) {
    switch (x.type) {
      case INFL_F32:
        copy_row<D, float>(x, i0 + r, first, columns, out + r * ldo);
        break;
      case INFL_F64:
        copy_row<D, double>(x, i0 + r, first, columns, out + r * ldo);
        break;
      case INFL_F16:
        copy_row<D, Half>(x, i0 + r, first, columns, out + r * ldo);
        break;
      default:
        copy_row<D, BFloat>(x, i0 + r, first, columns, out + r * ldo);
    }
  }
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
