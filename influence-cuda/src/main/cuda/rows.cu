/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Rows as they come (any element type, stride, index, homogeneous column): packing and checking.
//
// pack: out[r, c] = element (r, c) in the compute type, zeros up to ld.
//   Traffic per element: its own size in, 4 or 8 bytes out; no arithmetic. Bound by memory.
//   1 naive: a thread an element. 2: a thread four columns, one load and one store of 16 bytes (8 of 16-bit types, 2 x
//   16 of doubles) where aligned.
// first_non_finite_row: the least r with a NaN or an infinity.
//   Traffic per element: its size in. 1 naive: a thread a row. 2: a warp a row, and integer atomicMin (order does not
//   matter).
// row_magnitudes: the largest |x| of each row, which says whether it is finite, and whether its squares are floats.
//   Traffic per element: its size in. 1 naive: a thread a row. 2: a warp a row, lanes joined by shuffles.
#include <climits>
#include <cmath>

#include "device.cuh"
#include "heuristics.h"

namespace infl {

template <class T>
__device__ __forceinline__ T row_element(const infl_rows& rows, int64_t stored, int c) {
  if (c < rows.columns) return load_as<T>(rows.data, rows.offset + stored * rows.stride + c, rows.type);
  return c == rows.columns && rows.homogeneous ? T(1) : T(0);
}

// ---- kernels

template <class T>
static __global__ void pack_naive(const infl_rows rows, T* out, int64_t ld) {
  int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= rows.rows * ld) return;
  int r = static_cast<int>(i / ld), c = static_cast<int>(i % ld);
  out[i] = row_element<T>(rows, rows.index ? rows.index[r] : r, c);
}

template <class T>
static __global__ void __launch_bounds__(256) pack_vector(const infl_rows rows, T* __restrict__ out, int ld,
    bool vectors) {
  int per_row = static_cast<int>(divide_up(ld, 4));
  int64_t count = int64_t{rows.rows} * per_row;
  bool quads = quads_aligned(rows);
  for (int64_t n = int64_t{blockIdx.x} * 256 + threadIdx.x; n < count; n += int64_t{gridDim.x} * 256) {
    int r = static_cast<int>(n / per_row), c = static_cast<int>(n % per_row) * 4;
    int64_t stored = rows.index ? rows.index[r] : r;
    T v[4];
    if (c + 4 <= rows.columns) {
      load_quad(v, rows.data, rows.offset + stored * rows.stride + c, rows.type, quads, 4);
    } else {
#pragma unroll
      for (int j = 0; j < 4; ++j) v[j] = row_element<T>(rows, stored, c + j);
    }
    T* to = out + int64_t{r} * ld + c;
    if (vectors) {
      if constexpr (std::is_same_v<T, float>) {
        *reinterpret_cast<float4*>(to) = float4{v[0], v[1], v[2], v[3]};
      } else {
        reinterpret_cast<double2*>(to)[0] = double2{v[0], v[1]};
        reinterpret_cast<double2*>(to)[1] = double2{v[2], v[3]};
      }
    } else {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        if (c + j < ld) to[j] = v[j];
      }
    }
  }
}

// Of magnitudes; NaN once it is seen.
__device__ __forceinline__ double larger(double a, double b) { return a >= b || a != a ? a : b; }

// -1 as an unsigned number is the greatest: the neutral element of atomicMin and the answer "none".
static __global__ void no_row(uint32_t* row) { *row = UINT_MAX; }

[[maybe_unused]] static __global__ void first_non_finite_naive(const infl_rows rows, uint32_t* row) {
  int r = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (r >= rows.rows) return;
  int64_t stored = rows.index ? rows.index[r] : r;
  for (int c = 0; c < rows.columns; ++c) {
    double x = row_element<double>(rows, stored, c);
    if (!(x - x == 0)) {
      atomicMin(row, static_cast<uint32_t>(r));
      return;
    }
  }
}

static __global__ void __launch_bounds__(256) first_non_finite_warp(const infl_rows rows, uint32_t* row) {
  int lane = static_cast<int>(threadIdx.x % 32);
  int warps = static_cast<int>(gridDim.x) * 8;
  for (int r = static_cast<int>(blockIdx.x) * 8 + static_cast<int>(threadIdx.x / 32); r < rows.rows; r += warps) {
    int64_t first = rows.offset + int64_t{rows.index ? rows.index[r] : r} * rows.stride;
    bool bad = false;
    for (int c = lane; c < rows.columns; c += 32) {
      // As double: a large double must not become infinite on the way.
      double x = load_as<double>(rows.data, first + c, rows.type);
      bad |= !(x - x == 0);
    }
    if (__any_sync(kFullWarp, bad) && lane == 0) atomicMin(row, static_cast<uint32_t>(r));
  }
}

[[maybe_unused]] static __global__ void row_magnitudes_naive(const infl_rows rows, double* out) {
  int r = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (r >= rows.rows) return;
  int64_t stored = rows.index ? rows.index[r] : r;
  double largest = 0;
  for (int c = 0; c < rows.columns; ++c) largest = larger(largest, fabs(row_element<double>(rows, stored, c)));
  out[r] = largest;
}

static __global__ void __launch_bounds__(256) row_magnitudes_warp(const infl_rows rows, double* out) {
  int lane = static_cast<int>(threadIdx.x % 32);
  int warps = static_cast<int>(gridDim.x) * 8;
  for (int r = static_cast<int>(blockIdx.x) * 8 + static_cast<int>(threadIdx.x / 32); r < rows.rows; r += warps) {
    int64_t first = rows.offset + int64_t{rows.index ? rows.index[r] : r} * rows.stride;
    double largest = 0;
    for (int c = lane; c < rows.columns; c += 32) {
      largest = larger(largest, fabs(load_as<double>(rows.data, first + c, rows.type)));
    }
    for (int step = 16; step > 0; step /= 2) largest = larger(largest, __shfl_xor_sync(kFullWarp, largest, step));
    if (lane == 0) out[r] = largest;
  }
}

// ---- launchers

bool valid(const infl_rows& rows) {
  return rows.rows >= 0 && rows.columns >= 0 && rows.stride >= 0 && rows.type >= INFL_F32 && rows.type <= INFL_BF16 &&
      (rows.data || rows.rows == 0 || rows.columns == 0);
}

template <class T>
static int32_t pack(const infl_rows& rows, void* out, int64_t ld, const Device& device, void* stream) {
  bool vectors = ld % 4 == 0 && aligned16(out);
  int blocks = heuristics::elementwise_blocks(rows.rows * ld, device.multiprocessors);
  return launch("pack_vector", pack_vector<T>, blocks, 256, 0, stream, rows, static_cast<T*>(out), static_cast<int>(ld),
      vectors);
}

}  // namespace infl

using namespace infl;

int32_t infl_cuda_pack(const infl_rows* rows, int32_t precision, void* out, int64_t ld, void* stream) {
  if (!rows || !valid(*rows) || !is_compute_type(precision) || ld > INT_MAX - 4 ||
      ld < int64_t{rows->columns} + (rows->homogeneous != 0)) {
    return cudaErrorInvalidValue;
  }
  if (rows->rows == 0 || ld == 0) return cudaSuccess;
  Device device;
  if (int32_t e = current_device(&device)) return e;
  return precision == INFL_F32 ? pack<float>(*rows, out, ld, device, stream)
      : pack<double>(*rows, out, ld, device, stream);
}

int32_t infl_cuda_first_non_finite_row(const infl_rows* rows, int32_t* row, void* stream) {
  if (!rows || !valid(*rows) || !row) return cudaErrorInvalidValue;
  Device device;
  if (int32_t e = current_device(&device)) return e;
  uint32_t* least = reinterpret_cast<uint32_t*>(row);
  if (int32_t e = launch("no_row", no_row, 1, 1, 0, stream, least)) return e;
  if (rows->rows == 0 || rows->columns == 0) return cudaSuccess;
  int blocks = heuristics::warp_blocks(rows->rows, device.multiprocessors);
  return launch("first_non_finite_warp", first_non_finite_warp, blocks, 256, 0, stream, *rows, least);
}

int32_t infl_cuda_row_magnitudes(const infl_rows* rows, double* out, void* stream) {
  if (!rows || !valid(*rows) || !out) return cudaErrorInvalidValue;
  if (rows->rows == 0) return cudaSuccess;
  Device device;
  if (int32_t e = current_device(&device)) return e;
  int blocks = heuristics::warp_blocks(rows->rows, device.multiprocessors);
  return launch("row_magnitudes_warp", row_magnitudes_warp, blocks, 256, 0, stream, *rows, out);
}
