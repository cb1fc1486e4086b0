/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Passes over memory: conversion, products of elements, magnitudes of rows.
 * Bound by memory bandwidth.
 */
#ifndef INFLUENCE_ELEMENTWISE_H
#define INFLUENCE_ELEMENTWISE_H

#include "pack.h"

namespace infl {
namespace INFL_ISA {

template <size_t N>
struct Signed;
template <>
struct Signed<4> {
  typedef int32_t Type;
};
template <>
struct Signed<8> {
  typedef int64_t Type;
};

template <class T>
static int32_t convert(const infl_matrix *x, int64_t i0, int64_t rows, int64_t columns, void *out,
                       int64_t ldo) {
  convert_rows<T>(*x, i0, rows, 0, columns, static_cast<T *>(out), ldo);
  return INFL_OK;
}

template <class T>
static int32_t hadamard(const void *a, const void *b, void *out, int64_t count) {
  const T *x = static_cast<const T *>(a), *y = static_cast<const T *>(b);
  T *z = static_cast<T *>(out);
  for (int64_t i = 0; i < count; i++) z[i] = x[i] * y[i];
  return INFL_OK;
}

/*
 * The largest |x[i]|, by bits: without their sign they are ordered as numbers are, then infinity, then NaN.
 */
template <class Bits, class X>
static X magnitude(const X *x, int64_t n) {
  constexpr Bits kNoSign = Bits(~Bits(0)) >> 1;
  typedef typename Signed<sizeof(X)>::Type Ordered; /* signed: compared by more instruction sets */
  Ordered largest = 0;
  for (int64_t i = 0; i < n; i++) {
    Bits bits;
    memcpy(&bits, x + i, sizeof bits);
    const Ordered value = Ordered(bits & kNoSign);
    largest = value > largest ? value : largest;
  }
  X result;
  memcpy(&result, &largest, sizeof result);
  return result;
}

template <class X, class Bits>
static double row_magnitude(const infl_matrix &x, int64_t row) {
  constexpr int64_t kBlock = 512;
  alignas(64) X block[kBlock];
  double largest = 0;
  for (int64_t c = 0; c < x.columns; c += kBlock) {
    const int64_t n = smaller(kBlock, x.columns - c);
    convert_rows<X>(x, row, 1, c, n, block, kBlock);
    const double some = double(magnitude<Bits>(block, n));
    /* Once NaN, always NaN. */
    largest = largest >= some || largest != largest ? largest : some;
  }
  return largest;
}

template <class T>
static int32_t magnitudes(const infl_matrix *x, int64_t i0, int64_t rows, double *out) {
  for (int64_t r = 0; r < rows; r++) {
    out[r] = x->type == INFL_F64 ? row_magnitude<double, uint64_t>(*x, i0 + r)
                                 : row_magnitude<float, uint32_t>(*x, i0 + r);
  }
  return INFL_OK;
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
