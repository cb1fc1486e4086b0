/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Which elements of matrices the lanes of a warp hold for mma.sync and after ldmatrix: as tables of strides, the way
// CUTLASS writes down the PTX ISA's figures, and so not by the formulas of emulator, interpreter and kernels.
#ifndef KERNELS_FRAGMENTS_H
#define KERNELS_FRAGMENTS_H

#include "support.h"

namespace test {

// In a matrix of 16 or 8 rows (of b: columns) the element of lane 4 g + t whose number has the bits v is this far from
// the first, by columns (of b: rows).
struct FragmentLayout {
  int t, g, v[3];
  size_t element(int lane, int number) const {
    int at = lane % 4 * t + lane / 4 * g;
    for (int bit = 0; bit < 3; ++bit) at += (number >> bit & 1) * v[bit];
    return static_cast<size_t>(at);
  }
};

// A product and its registers in all lanes.
struct Fragments {
  uint32_t a[32][4], b[32][2];
  float sum[32][4];
};

struct ProductLayout {
  int depth, per_register;
  FragmentLayout a, b;

  static constexpr FragmentLayout kSum = {32, 1, {16, 8, 0}};

  float left(size_t e) const { return static_cast<float>(static_cast<int>(e * 37 % 61) - 30); }
  float right(size_t e) const { return static_cast<float>(static_cast<int>(e * 29 % 53) - 26); }

  // Bits of a float in an operand; they are small integers, the same in all formats.
  template <class Bits>
  Fragments fragments(Bits bits) const {
    Fragments f{};
    const int left_elements = 16 * depth / 32, right_elements = 8 * depth / 32, width = 32 / per_register;
    for (int lane = 0; lane < 32; ++lane) {
      for (int n = 0; n < left_elements; ++n) {
        f.a[lane][n / per_register] |= bits(left(a.element(lane, n))) << n % per_register * width;
      }
      for (int n = 0; n < right_elements; ++n) {
        f.b[lane][n / per_register] |= bits(right(b.element(lane, n))) << n % per_register * width;
      }
      for (int n = 0; n < 4; ++n) f.sum[lane][n] = static_cast<float>(lane + n);
    }
    return f;
  }

  bool is_product(const Fragments& result) const {
    bool right_all = true;
    for (int lane = 0; lane < 32; ++lane) {
      for (int n = 0; n < 4; ++n) {
        const size_t e = kSum.element(lane, n), row = e % 16, column = e / 16;
        float sum = static_cast<float>(lane + n);
        for (size_t k = 0; k < static_cast<size_t>(depth); ++k) sum += left(row + 16 * k) * right(column + 8 * k);
        right_all &= result.sum[lane][n] == sum;
      }
    }
    return right_all;
  }
};

constexpr ProductLayout kHalves16 = {16, 2, {32, 1, {16, 8, 128}}, {16, 1, {8, 64, 0}}};
constexpr ProductLayout kHalves8 = {8, 2, {32, 1, {16, 8, 0}}, {16, 1, {8, 0, 0}}};
constexpr ProductLayout kTf32 = {8, 1, {16, 1, {8, 64, 0}}, {8, 1, {32, 0, 0}}};

inline uint32_t bits_of_float(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits | 0x1fffu;  // what tensor cores ignore
}

// Element (row, column) of matrix n of four is 64 n + 8 row + column: what ldmatrix gives a lane of it.
inline uint32_t of_matrix(int n, int lane, bool transposed) {
  const int by_rows = 8 * (lane / 4) + lane % 4 * 2, by_columns = lane % 4 * 16 + lane / 4;
  const int low = transposed ? by_columns : by_rows, high = low + (transposed ? 8 : 1);
  return static_cast<uint32_t>(64 * n + low) | static_cast<uint32_t>(64 * n + high) << 16;
}

}  // namespace test

#endif
