/*
 * SPDX-License-Identifier: Apache-2.0
 */
// The register-tiled product all dense kernels share: a block of 256 threads computes a kTile x kTile tile of Σ_k a_k
// b_kᵀ.
//
// Layout: a stage in shared memory holds kDepth values of k; a[k][i] and b[k][j], both with k slowest ("k-major"), rows
// padded by 4 elements. Threads form a 16 x 16 grid; thread (y, x) owns kTile/16 rows and columns in quads: rows 64 q +
// 4 y + 0..3, columns 64 q + 4 x + 0..3. Per k a warp reads 2 distinct quads of a and 16 of b, both without bank
// conflicts. Per k and thread: kTile 64 reads 8 values for 16 multiply-adds, kTile 128 reads 16 for 64.
//
// Order: every element is one chain of fused multiply-adds over ascending k, whatever the tile size, stage or
// alignment. So all tile sizes, the naive kernels and any cut of the k range between calls give the same bits.
//
// Stages are filled by cp.async (a plain copy on sm_75), two deep: copies of the next stage run during the products of
// this.
#ifndef INFLUENCE_TILE_CUH
#define INFLUENCE_TILE_CUH

#include "device.cuh"

namespace infl {

constexpr int kTileThreads = 256;

template <class T, int Tile, int Depth = 16>
struct TileShape {
  static constexpr int kTile = Tile;
  static constexpr int kDepth = Depth;
  static constexpr int kPitch = Tile + 4;
  static constexpr int kOwn = Tile / 16;  // rows and columns a thread owns
  static constexpr int kVector = 16 / static_cast<int>(sizeof(T));
  struct Stage {
    alignas(16) T a[Depth][kPitch];
    alignas(16) T b[Depth][kPitch];
  };

  // Row or column number within the tile of a thread's n-th; t is its coordinate.
  static __device__ __forceinline__ int place(int t, int n) { return n / 4 * 64 + 4 * t + n % 4; }

  static __device__ __forceinline__ void read(T (&to)[kOwn], const T* row, int t) {
#pragma unroll
    for (int q = 0; q < kOwn; q += 4) {
      const T* p = row + place(t, q);
      if constexpr (std::is_same_v<T, float>) {
        float4 v = *reinterpret_cast<const float4*>(p);
        to[q] = v.x;
        to[q + 1] = v.y;
        to[q + 2] = v.z;
        to[q + 3] = v.w;
      } else {
        double2 v = reinterpret_cast<const double2*>(p)[0], w = reinterpret_cast<const double2*>(p)[1];
        to[q] = v.x;
        to[q + 1] = v.y;
        to[q + 2] = w.x;
        to[q + 3] = w.y;
      }
    }
  }

  // sum += a[k] b[k]ᵀ
  static __device__ __forceinline__ void multiply(T (&sum)[kOwn][kOwn], const T* a, const T* b, int y, int x) {
    T p[kOwn], q[kOwn];
    read(p, a, y);
    read(q, b, x);
#pragma unroll
    for (int i = 0; i < kOwn; ++i) {
#pragma unroll
      for (int j = 0; j < kOwn; ++j) sum[i][j] = fused_multiply_add(p[i], q[j], sum[i][j]);
    }
  }
};

// Where a k-major operand comes from: element (k, c) is base[k * stride + c]; rows k >= depth and columns c >= width
// are 0.
template <class T>
struct Operand {
  const T* base;
  int64_t stride;
  int width;
  bool vectors;  // base and stride are multiples of 16 bytes
};

// Starts copying rows first_k to first_k + kDepth - 1 and columns first_c to first_c + kTile - 1. `row_of(k)` is the
// stored row.
template <class Shape, class T, class RowOf>
__device__ __forceinline__ void copy_k_major(
    T (*to)[Shape::kPitch], const Operand<T>& from, int first_k, int depth, int first_c, RowOf row_of) {
  if (from.vectors) {
    constexpr int kPerRow = Shape::kTile / Shape::kVector;
    constexpr int kCopies = Shape::kDepth * kPerRow;
#pragma unroll
    for (int n = 0; n < kCopies; n += kTileThreads) {
      int e = n + static_cast<int>(threadIdx.x);
      if (kCopies % kTileThreads != 0 && e >= kCopies) break;
      int k = e / kPerRow, c = e % kPerRow * Shape::kVector;
      int inside = first_k + k < depth ? min(max(from.width - first_c - c, 0), Shape::kVector) : 0;
      const T* source = inside ? from.base + row_of(first_k + k) * from.stride + first_c + c : from.base;
      __pipeline_memcpy_async(&to[k][c], source, 16, 16 - static_cast<size_t>(inside) * sizeof(T));
    }
  } else {
#pragma unroll 1
    for (int e = static_cast<int>(threadIdx.x); e < Shape::kDepth * Shape::kTile; e += kTileThreads) {
      int k = e / Shape::kTile, c = e % Shape::kTile;
      bool inside = first_k + k < depth && first_c + c < from.width;
      const T* source = inside ? from.base + row_of(first_k + k) * from.stride + first_c + c : from.base;
      __pipeline_memcpy_async(&to[k][c], source, sizeof(T), inside ? 0 : sizeof(T));
    }
  }
}

// The same for an operand stored the other way round: element (k, c) is base[c * stride + k]. Lanes take 8 values of k
// by 4 of c: 32-byte sectors are used whole, and with the pitch of 4 modulo 32 words the stores fall into different
// banks.
template <class Shape, class T>
__device__ __forceinline__ void copy_transposed(
    T (*to)[Shape::kPitch], const Operand<T>& from, int first_k, int depth, int first_c) {
  static_assert(Shape::kDepth % 8 == 0 && Shape::kTile % 4 == 0, "8 x 4 patches");
#pragma unroll 1
  for (int e = static_cast<int>(threadIdx.x); e < Shape::kDepth * Shape::kTile; e += kTileThreads) {
    int patch = e / 32, k = patch % (Shape::kDepth / 8) * 8 + e % 8, c = patch / (Shape::kDepth / 8) * 4 + e % 32 / 8;
    bool inside = first_k + k < depth && first_c + c < from.width;
    const T* source = inside ? from.base + (first_c + c) * from.stride + first_k + k : from.base;
    __pipeline_memcpy_async(&to[k][c], source, sizeof(T), inside ? 0 : sizeof(T));
  }
}

// Row and column of the n-th tile of a lower triangle, row by row.
__host__ __device__ inline void triangle_tile(int n, int* row, int* column) {
  int r = static_cast<int>((sqrtf(8.f * static_cast<float>(n) + 1.f) - 1.f) * 0.5f);
  while (r * (r + 1) / 2 > n) --r;
  while ((r + 1) * (r + 2) / 2 <= n) ++r;
  *row = r;
  *column = n - r * (r + 1) / 2;
}

}  // namespace infl

#endif
