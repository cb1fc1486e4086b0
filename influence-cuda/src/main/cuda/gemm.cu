/*
 * SPDX-License-Identifier: Apache-2.0
 */
// C = op(A) op(B), batched, row-major. For the rotations of rows, gradients and queries where results must not depend
// on the batch: cuBLAS picks its kernel, and with it the order of sums, by the number of rows; this one never does.
//
// Layout: tile.cuh; an operand is copied k-major where its columns lie together and transposed on the way where its k
// do.
// Flops: 2 m n k. Traffic per block and k: 2 kTile elements.
//   1 naive: a thread an element.  2 tile 64.  3 tile 128, for products of many tiles. All give the same bits.
//   4 on tensor cores: tensor.cuh.
#include "heuristics.h"
#include "tensor.cuh"

namespace infl {

struct Gemm {
  int m, n, k, batch;
  int transpose_a, transpose_b;
  const void* a;
  const void* b;
  void* c;
  int64_t lda, ldb, ldc, a_stride, b_stride, c_stride;
};

// ---- kernels

template <class T>
static __global__ void gemm_naive(const Gemm g) {
  int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= int64_t{g.m} * g.n) return;
  int64_t r = i / g.n, c = i % g.n, batch = blockIdx.y;
  const T* a = static_cast<const T*>(g.a) + batch * g.a_stride;
  const T* b = static_cast<const T*>(g.b) + batch * g.b_stride;
  T sum = 0;
  for (int64_t k = 0; k < g.k; ++k) {
    T x = g.transpose_a ? a[k * g.lda + r] : a[r * g.lda + k];
    T y = g.transpose_b ? b[c * g.ldb + k] : b[k * g.ldb + c];
    sum = fused_multiply_add(x, y, sum);
  }
  static_cast<T*>(g.c)[batch * g.c_stride + r * g.ldc + c] = sum;
}

template <class T, int Tile>
static __global__ void __launch_bounds__(kTileThreads, Tile == 64 && sizeof(T) == 4 ? 2 : 1) gemm_tile(const Gemm g) {
  using Shape = TileShape<T, Tile>;
  __shared__ typename Shape::Stage stages[2];
  const Place at = place_of(g.batch);
  const int across = static_cast<int>(divide_up(g.n, Tile));
  const int r0 = at.x / across * Tile, c0 = at.x % across * Tile;
  const int64_t batch = at.y;
  const int x = static_cast<int>(threadIdx.x) % 16, y = static_cast<int>(threadIdx.x) / 16;
  const T* a = static_cast<const T*>(g.a) + batch * g.a_stride;
  const T* b = static_cast<const T*>(g.b) + batch * g.b_stride;
  Operand<T> left{a, g.lda, g.m, reinterpret_cast<uintptr_t>(a) % 16 == 0 && g.lda % Shape::kVector == 0};
  Operand<T> right{b, g.ldb, g.n, reinterpret_cast<uintptr_t>(b) % 16 == 0 && g.ldb % Shape::kVector == 0};
  auto start = [&](int k, typename Shape::Stage& to) {
    auto row_of = [](int i) { return int64_t{i}; };
    if (g.transpose_a) copy_k_major<Shape>(to.a, left, k, g.k, r0, row_of);
    else copy_transposed<Shape>(to.a, left, k, g.k, r0);
    if (g.transpose_b) copy_transposed<Shape>(to.b, right, k, g.k, c0);
    else copy_k_major<Shape>(to.b, right, k, g.k, c0, row_of);
    __pipeline_commit();
  };
  T sum[Shape::kOwn][Shape::kOwn] = {};
  if (g.k > 0) start(0, stages[0]);
  int parity = 0;
#pragma unroll 1
  for (int k = 0; k < g.k; k += Shape::kDepth, parity ^= 1) {
    if (k + Shape::kDepth < g.k) {
      start(k + Shape::kDepth, stages[parity ^ 1]);
      __pipeline_wait_prior(1);
    } else {
      __pipeline_wait_prior(0);
    }
    __syncthreads();
#pragma unroll
    for (int n = 0; n < Shape::kDepth; ++n) Shape::multiply(sum, stages[parity].a[n], stages[parity].b[n], y, x);
    __syncthreads();
  }
  T* c = static_cast<T*>(g.c) + batch * g.c_stride;
#pragma unroll
  for (int i = 0; i < Shape::kOwn; ++i) {
    int row = r0 + Shape::place(y, i);
#pragma unroll
    for (int j = 0; j < Shape::kOwn; ++j) {
      int column = c0 + Shape::place(x, j);
      if (row < g.m && column < g.n) c[row * g.ldc + column] = sum[i][j];
    }
  }
}

template <class Path>
static __global__ void __launch_bounds__(kTileThreads, 1) gemm_tensor(const Gemm g) {
  using Product = TensorTile<Path, 128>;
  __shared__ typename Product::Stage stages[2];
  const Place at = place_of(g.batch);
  const int across = static_cast<int>(divide_up(g.n, Product::kColumns));
  const int r0 = at.x / across * Product::kRows, c0 = at.x % across * Product::kColumns;
  const int64_t batch = at.y;
  const float* a = static_cast<const float*>(g.a) + batch * g.a_stride;
  const float* b = static_cast<const float*>(g.b) + batch * g.b_stride;
  auto own_line = [&]() -> TensorLine {
    const int64_t n = threadIdx.x, row = r0 + n, column = c0 + n - Product::kRows;
    if (n < Product::kRows) {
      return {a + row * (g.transpose_a ? 1 : g.lda), g.transpose_a ? g.lda : 1, row < g.m};
    }
    return {b + column * (g.transpose_b ? g.ldb : 1), g.transpose_b ? 1 : g.ldb, column < g.n};
  };
  typename Product::Sums sums = {};
  Product::run(own_line(), g.k, stages, sums);
  float* c = static_cast<float*>(g.c) + batch * g.c_stride;
  Product::each([&](int row, int column, int i, int j) {
    if (r0 + row < g.m && c0 + column < g.n) c[(r0 + row) * g.ldc + c0 + column] = sums[i][j];
  });
}

}  // namespace infl

// ---- launchers

using namespace infl;

int32_t infl_cuda_gemm(int32_t precision, int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n, int32_t k,
    const void* a, int64_t lda, int64_t a_stride, const void* b, int64_t ldb, int64_t b_stride, void* c, int64_t ldc,
    int64_t c_stride, int32_t batch, void* stream) {
  if (!is_product_type(precision) || m < 0 || n < 0 || k < 0 || batch < 0 ||
      lda < (transpose_a ? m : k) || ldb < (transpose_b ? k : n) || ldc < n) {
    return cudaErrorInvalidValue;
  }
  if (m == 0 || n == 0 || batch == 0) return cudaSuccess;
  Device device;
  if (int32_t e = device_for(precision, &device)) return e;
  bool tensor = on_tensor_cores(precision);
  bool large = precision == INFL_F32 && heuristics::large_gemm_tile(m, n, batch, device.multiprocessors);
  int64_t tile = large || tensor ? 128 : 64, tiles = divide_up(m, tile) * divide_up(n, tile);
  Gemm g{m, n, k, batch, transpose_a, transpose_b, a, b, c, lda, ldb, ldc, a_stride, b_stride, c_stride};
  if (tensor) {
    auto kernel = precision == INFL_TF32_PRODUCTS ? gemm_tensor<Tf32Path> : gemm_tensor<Bf16Path>;
    return launch("gemm_tensor", kernel, tiles * batch, kTileThreads, 0, stream, g);
  }
  auto kernel = large ? gemm_tile<float, 128> : precision == INFL_F32 ? gemm_tile<float, 64> : gemm_tile<double, 64>;
  return launch("gemm_tile", kernel, tiles * batch, kTileThreads, 0, stream, g);
}
