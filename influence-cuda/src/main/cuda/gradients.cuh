/*
 * SPDX-License-Identifier: Apache-2.0
 */
// One tile of the gradients of a run of examples, g_e = Σ_t s_t a_tᵀ, formed in registers one example after the other.
//
// The rows of all examples are one stream through the stages of tile.cuh, so the pipeline does not drain between
// examples and short ones cost no more per row than long ones. Within a stage, runs of rows of one example are
// multiplied, and where an example ends `finish` takes the tile: this is where kernels differ.
#ifndef INFLUENCE_GRADIENTS_CUH
#define INFLUENCE_GRADIENTS_CUH

#include "heuristics.h"
#include "tile.cuh"

namespace infl {

template <class T>
using GradientShape = TileShape<T, heuristics::kGradientTile>;

// Blocks an SM must have registers for.
template <class T>
constexpr int kGradientBlocks = sizeof(T) == 4 ? 2 : 1;

inline bool valid(const infl_examples& x) {
  return x.examples >= 0 && x.rows >= 0 && x.outputs >= 1 && x.inputs >= 1 && x.gradients_stride >= x.outputs &&
      x.activations_stride >= x.inputs && (x.offsets || x.examples == x.rows) &&
      (x.rows == 0 || (x.gradients && x.activations));
}

inline int64_t gradient_tiles(const infl_examples& x) {
  return heuristics::tiles(x.outputs, heuristics::kGradientTile) *
      heuristics::tiles(x.inputs, heuristics::kGradientTile);
}

__device__ __forceinline__ int first_row(const infl_examples& x, int example) {
  return x.offsets ? x.offsets[example] : example;
}

template <class T>
struct GradientTile {
  using Shape = GradientShape<T>;
  int p0, m0;  // first output and input of the tile
  int p, m;    // and of this thread: rows p..p+3, columns m..m+3
  int y, x;

  __device__ __forceinline__ GradientTile(const infl_examples& e, int tile) {
    int across = static_cast<int>(divide_up(e.inputs, Shape::kTile));
    p0 = tile / across * Shape::kTile;
    m0 = tile % across * Shape::kTile;
    y = static_cast<int>(threadIdx.x) / 16;
    x = static_cast<int>(threadIdx.x) % 16;
    p = p0 + 4 * y;
    m = m0 + 4 * x;
  }

  // f(offset in a [P, M] matrix, i, j) for each element of the thread that is inside.
  template <class F>
  __device__ __forceinline__ void each(const infl_examples& e, F f) const {
    int row = p;
    forget(row);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      int64_t first = int64_t{row + i} * e.inputs + m;
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        if (row + i < e.outputs && m + j < e.inputs) f(first + j, i, j);
      }
    }
  }

  // finish(example, g, rows of the example, its last row of either side in the stage); called by all threads together.
  template <class F>
  __device__ __forceinline__ void stream(
      const infl_examples& e, int first_example, int end_example, typename Shape::Stage* stages, F finish) const {
    const T* s = static_cast<const T*>(e.gradients);
    const T* a = static_cast<const T*>(e.activations);
    Operand<T> left{s, e.gradients_stride, e.outputs,
        reinterpret_cast<uintptr_t>(s) % 16 == 0 && e.gradients_stride % Shape::kVector == 0};
    Operand<T> right{a, e.activations_stride, e.inputs,
        reinterpret_cast<uintptr_t>(a) % 16 == 0 && e.activations_stride % Shape::kVector == 0};
    const int first = first_row(e, first_example), end = first_row(e, end_example);
    auto row_of = [](int k) { return int64_t{k}; };
    auto start = [&](int k, typename Shape::Stage& to) {
      copy_k_major<Shape>(to.a, left, k, end, p0, row_of);
      copy_k_major<Shape>(to.b, right, k, end, m0, row_of);
      __pipeline_commit();
    };
    T g[4][4] = {};
    int example = first_example, example_start = first;
    int example_end = first_example < end_example ? first_row(e, example + 1) : first;
    if (first < end) start(first, stages[0]);
    int parity = 0;
#pragma unroll 1
    for (int k = first;; k += Shape::kDepth, parity ^= 1) {
      if (k + Shape::kDepth < end) {
        start(k + Shape::kDepth, stages[parity ^ 1]);
        __pipeline_wait_prior(1);
      } else {
        __pipeline_wait_prior(0);
      }
      __syncthreads();
      const typename Shape::Stage& stage = stages[parity];
      const int count = min(Shape::kDepth, end - k);
      int n = 0;
#pragma unroll 1
      while (true) {
        while (example < end_example && example_end == k + n) {
          int last = max(n - 1, 0);  // unused if the example is empty; in this stage if it has one row
          finish(example, g, example_end - example_start, stage.a[last], stage.b[last]);
#pragma unroll
          for (int i = 0; i < 4; ++i) {
#pragma unroll
            for (int j = 0; j < 4; ++j) g[i][j] = 0;
          }
          ++example;
          example_start = example_end;
          if (example < end_example) example_end = first_row(e, example + 1);
        }
        if (n >= count) break;
        const int run = min(count, example_end - k);
#pragma unroll 4
        for (; n < run; ++n) Shape::multiply(g, stage.a[n], stage.b[n], y, x);
      }
      __syncthreads();
      if (k + Shape::kDepth >= end) break;
    }
  }
};

// Sums of the warps on their way to a sum of the block, for several quantities at a time.
constexpr int kSlots = 32;
struct BlockSums {
  double warp[8][kSlots];
};

// Weights of one call.
constexpr int kMostWeights = INFL_CUDA_MAX_WEIGHTS;
struct WeightList {
  const void* of[kMostWeights];
};

// Adds up partial results of tiles in their order: out[i] = Σ_tile partial[tile * count + i].
int32_t launch_sum_tiles(const double* partial, int64_t tiles, int64_t count, double* out, void* stream);

}  // namespace infl

#endif
