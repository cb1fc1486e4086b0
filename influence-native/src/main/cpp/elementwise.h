/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Passes over memory: conversion, products of elements, the search for values that are not finite.
 * Bound by memory bandwidth.
 */
#ifndef INFLUENCE_ELEMENTWISE_H
#define INFLUENCE_ELEMENTWISE_H

#include "pack.h"

namespace infl {
namespace INFL_ISA {

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

/* Whether the exponent of any of n floats or doubles is all ones. */
static bool any_non_finite(const float *x, int64_t n) {
  uint32_t found = 0;
  for (int64_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, 4);
    found |= uint32_t((bits & 0x7f800000u) == 0x7f800000u);
  }
  return found != 0;
}

static bool any_non_finite(const double *x, int64_t n) {
  uint64_t found = 0;
  for (int64_t i = 0; i < n; i++) {
    uint64_t bits;
    memcpy(&bits, x + i, 8);
    found |= uint64_t((bits & 0x7ff0000000000000u) == 0x7ff0000000000000u);
  }
  return found != 0;
}

template <class T>
static int64_t first_non_finite(const infl_matrix *x, int64_t i0, int64_t rows) {
  constexpr int64_t kBlock = 512;
  alignas(64) T block[kBlock];
  for (int64_t r = i0; r < i0 + rows; r++) {
    for (int64_t c = 0; c < x->columns; c += kBlock) {
      const int64_t n = smaller(kBlock, x->columns - c);
      convert_rows<T>(*x, r, 1, c, n, block, kBlock);
      if (any_non_finite(block, n)) return r;
    }
  }
  return -1;
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
