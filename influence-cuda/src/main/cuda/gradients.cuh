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
#include "tensor.cuh"

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
  using Element = T;
  using Shape = GradientShape<T>;
  using Stage = typename Shape::Stage;
  using Sums = T[4][4];
  static constexpr int kOwn = 4, kBlocks = kGradientBlocks<T>;
  static constexpr int kRows = Shape::kTile, kColumns = Shape::kTile;
  // The last row of an example, in its stage.
  struct LastRow {
    const T* s;
    const T* a;
  };
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

  // total += the squares of the gradient of an example of one row, in double.
  __device__ __forceinline__ void add_squares(const infl_examples&, const LastRow& row, double (&total)[4][4]) const {
    T s[4], a[4];
    Shape::read(s, row.s, y);
    Shape::read(a, row.a, x);
    double u[4], v[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      u[i] = static_cast<double>(s[i]) * static_cast<double>(s[i]);
      v[i] = static_cast<double>(a[i]) * static_cast<double>(a[i]);
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
#pragma unroll
      for (int j = 0; j < 4; ++j) total[i][j] = fma(u[i], v[j], total[i][j]);
    }
  }

  // finish(example, g, rows of the example, its last row); called by all threads together.
  template <class F>
  __device__ __forceinline__ void stream(
      const infl_examples& e, int first_example, int end_example, Stage* stages, F finish) const {
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
          finish(example, g, example_end - example_start, LastRow{stage.a[last], stage.b[last]});
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

// The same on tensor cores, 128 outputs by kColumns inputs. An example's products begin a stage; that of one row has no
// sum, and is not rounded.
template <class Path, int kColumnsOfTile>
struct TensorGradientTile {
  using Element = float;
  using Product = TensorTile<Path, kColumnsOfTile>;
  using Stage = typename Product::Stage;
  using Sums = typename Product::Sums;
  static constexpr int kOwn = Product::kOwn, kBlocks = 1;
  static constexpr int kRows = Product::kRows, kColumns = Product::kColumns;
  using LastRow = int;
  int p0, m0;  // first output and input of the tile

  __device__ __forceinline__ TensorGradientTile(const infl_examples& e, int tile) {
    int across = static_cast<int>(divide_up(e.inputs, kColumns));
    p0 = tile / across * kRows;
    m0 = tile % across * kColumns;
  }

  // f(offset in a [P, M] matrix, i, j) for each element of the thread that is inside.
  template <class F>
  __device__ __forceinline__ void each(const infl_examples& e, F f) const {
    int64_t first = 0;
    Product::each([&](int row) { first = int64_t{p0 + row} * e.inputs + m0; },
        [&](int row, int column, int i, int j) {
          if (p0 + row < e.outputs && m0 + column < e.inputs) f(first + column, i, j);
        });
  }

  __device__ __forceinline__ void add_squares(const infl_examples& e, int row, double (&total)[kOwn][4]) const {
    each_of_row(e, row, [&](float s, float a, int i, int j) {
      double u = s, v = a;
      total[i][j] = fma(u * u, v * v, total[i][j]);
    });
  }

  template <class F>
  __device__ __forceinline__ void stream(
      const infl_examples& e, int first_example, int end_example, Stage* stages, F finish) const {
    const TensorLine line = own_line(e);
    Sums g = {};
    typename Product::Held held;
    auto load_example = [&](int n) {  // n, or the next with several rows
      while (n < end_example && first_row(e, n + 1) - first_row(e, n) < 2) ++n;
      if (n < end_example) Product::load(held, line, first_row(e, n), first_row(e, n + 1));
    };
    load_example(first_example);
    int parity = 0;
#pragma unroll 1
    for (int n = first_example; n < end_example; ++n) {
      const int first = first_row(e, n), end = first_row(e, n + 1);
      if (end - first == 1) {
        each_of_row(e, first, [&](float s, float a, int i, int j) { g[i][j] = s * a; });
      } else {
#pragma unroll 1
        for (int k = first; k < end; k += Product::kDepth, parity ^= 1) {
          Product::store(stages[parity], held);
          __syncthreads();
          if (k + Product::kDepth < end) Product::load(held, line, k + Product::kDepth, end);
          else load_example(n + 1);
          Product::multiply(g, stages[parity]);
        }
      }
      finish(n, g, end - first, first);
#pragma unroll
      for (int i = 0; i < kOwn; ++i) {
#pragma unroll
        for (int j = 0; j < 4; ++j) g[i][j] = 0;
      }
    }
    __syncthreads();
  }

 private:
  static __device__ __forceinline__ const float* gradients(const infl_examples& e) {
    return static_cast<const float*>(e.gradients);
  }
  static __device__ __forceinline__ const float* activations(const infl_examples& e) {
    return static_cast<const float*>(e.activations);
  }

  // That the thread brings.
  __device__ __forceinline__ TensorLine own_line(const infl_examples& e) const {
    const int n = static_cast<int>(threadIdx.x), column = m0 + n - kRows;
    if (n < kRows) return {gradients(e) + p0 + n, e.gradients_stride, p0 + n < e.outputs};
    return {activations(e) + column, e.activations_stride, n < Product::kLines && column < e.inputs};
  }

  template <class F>
  __device__ __forceinline__ void each_of_row(const infl_examples& e, int row, F f) const {
    const float* s = gradients(e) + row * e.gradients_stride;
    const float* a = activations(e) + row * e.activations_stride;
    float of_row = 0;
    Product::each([&](int p) { of_row = p0 + p < e.outputs ? __ldg(s + p0 + p) : 0.f; },
        [&](int, int m, int i, int j) { f(of_row, m0 + m < e.inputs ? __ldg(a + m0 + m) : 0.f, i, j); });
  }
};

// Those of a way of computing. On tensor cores tiles of 64 columns leave registers for what an epilogue holds; kernels
// that only write take 128.
template <class A, int kColumns = 64>
using GradientTileOf = std::conditional_t<std::is_arithmetic_v<A>, GradientTile<A>, TensorGradientTile<A, kColumns>>;

template <class Tile>
int64_t tiles_of(const infl_examples& x) {
  return heuristics::tiles(x.outputs, Tile::kRows) * heuristics::tiles(x.inputs, Tile::kColumns);
}

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
