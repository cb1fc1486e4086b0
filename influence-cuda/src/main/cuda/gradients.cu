/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Gradients of examples, formed tile by tile and used at once: written, squared and added up, weighted, or added to
// targets.
//
// Layout: rows of both sides [R, P] and [R, M] in the compute type, examples as row ranges; outputs [P, M]. See
// gradients.cuh.
// Flops: 2 T P M an example to form g, and a few per element and example for what is done with it. Traffic per row and
// tile of 64 x 64: 128 elements; g itself stays in registers.
//   gradients             writes g.            1 naive: a thread an element.  2 tiles, grid over examples.
//   squares               Λ += g∘g in double.  1 naive.  2 tiles, one block a tile, examples in order, nothing written.
//                         3 for layers of few tiles: writes g for a chunk of examples (it stays in L2), adds in order.
//                         4 one row an example: Λ += (S∘S)ᵀ(A∘A), a product of squared rows in double. 5 the same for
//                         layers of few tiles, a thread an element.
//   weighted_squares      Σ w∘g∘g an example.  1 naive.  2 tiles; block sums, then tiles in order.
//   accumulate_gradients  sums[target] += g.   1 naive.  2 tiles, grid over targets.
// The tiles of all four are of a way of computing: float, double, or on tensor cores TF32 or bfloat16 (tensor.cuh).
// An example of one row contributes (s∘s)(a∘a)ᵀ to Λ, squares taken in double: 2 P M flops in double and nothing else
// where all examples are such (4, 5). All variants do so, as its sum must not depend on the others.
#include "gradients.cuh"

namespace infl {

// ---- naive twins

template <class T>
static __device__ T naive_element(const infl_examples& e, int example, int p, int m) {
  T g = 0;
  for (int r = first_row(e, example); r < first_row(e, example + 1); ++r) {
    g = fused_multiply_add(static_cast<const T*>(e.gradients)[r * e.gradients_stride + p],
        static_cast<const T*>(e.activations)[r * e.activations_stride + m], g);
  }
  return g;
}

template <class T>
static __global__ void gradients_naive(const infl_examples e, T* out) {
  int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x, size = int64_t{e.outputs} * e.inputs;
  if (i >= size * e.examples) return;
  int64_t at = i % size;
  out[i] = naive_element<T>(e, static_cast<int>(i / size), static_cast<int>(at / e.inputs),
      static_cast<int>(at % e.inputs));
}

template <class T>
static __global__ void squares_naive(const infl_examples e, double* sum) {
  int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= int64_t{e.outputs} * e.inputs) return;
  double total = sum[i];
  for (int n = 0; n < e.examples; ++n) {
    double g = naive_element<T>(e, n, static_cast<int>(i / e.inputs), static_cast<int>(i % e.inputs));
    total = fma(g, g, total);
  }
  sum[i] = total;
}

// A thread an example and weight.
template <class T>
static __global__ void weighted_squares_naive(const infl_examples e, const T* weights, double* out) {
  int n = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (n >= e.examples) return;
  T total = 0;
  for (int p = 0; p < e.outputs; ++p) {
    for (int m = 0; m < e.inputs; ++m) {
      T g = naive_element<T>(e, n, p, m);
      total = fused_multiply_add(weights[int64_t{p} * e.inputs + m] * g, g, total);
    }
  }
  out[n] = total;
}

template <class T>
static __global__ void accumulate_naive(const infl_examples e, const int32_t* targets, T* sums) {
  int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x, size = int64_t{e.outputs} * e.inputs;
  if (i >= size) return;
  for (int n = 0; n < e.examples; ++n) {
    if (targets[n] >= 0) {
      sums[targets[n] * size + i] += naive_element<T>(e, n, static_cast<int>(i / e.inputs),
          static_cast<int>(i % e.inputs));
    }
  }
}

// ---- kernels

template <class A>
using WrittenTile = GradientTileOf<A, 128>;

template <class A, class T>
static __global__ void __launch_bounds__(kTileThreads, WrittenTile<A>::kBlocks) gradients_tile(
    const infl_examples e, int first_example, int examples, int groups, T* __restrict__ out) {
  using Tile = WrittenTile<A>;
  __shared__ typename Tile::Stage stages[2];
  const Place at = place_of(groups);
  Tile tile(e, at.x);
  const int64_t size = int64_t{e.outputs} * e.inputs;
  int begin = static_cast<int>(int64_t{examples} * at.y / groups);
  int end = static_cast<int>(int64_t{examples} * (at.y + 1) / groups);
  tile.stream(e, first_example + begin, first_example + end, stages,
      [&](int n, typename Tile::Sums& g, int, typename Tile::LastRow) {
        T* to = out + (n - first_example) * size;
        tile.each(e, [&](int64_t at, int i, int j) { to[at] = g[i][j]; });
      });
}

template <class A>
static __global__ void __launch_bounds__(kTileThreads, GradientTileOf<A>::kBlocks)
    squares_tile(const infl_examples e, double* __restrict__ sum) {
  using Tile = GradientTileOf<A>;
  __shared__ typename Tile::Stage stages[2];
  Tile tile(e, static_cast<int>(blockIdx.x));
  double total[Tile::kOwn][4] = {};
  tile.each(e, [&](int64_t at, int i, int j) { total[i][j] = sum[at]; });
  tile.stream(e, 0, e.examples, stages, [&](int, typename Tile::Sums& g, int rows, typename Tile::LastRow last) {
    if (rows == 1) {
      tile.add_squares(e, last, total);
    } else {
#pragma unroll
      for (int i = 0; i < Tile::kOwn; ++i) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          double x = g[i][j];
          total[i][j] = fma(x, x, total[i][j]);
        }
      }
    }
  });
  tile.each(e, [&](int64_t at, int i, int j) { sum[at] = total[i][j]; });
}

// Adds the squares of gradients that gradients_tile wrote, by the same rule.
template <class T>
static __global__ void __launch_bounds__(256)
    squares_formed(const infl_examples e, int first_example, int examples, const T* __restrict__ formed,
    double* __restrict__ sum) {
  const int64_t size = int64_t{e.outputs} * e.inputs;
  for (int64_t at = int64_t{blockIdx.x} * 256 + threadIdx.x; at < size; at += int64_t{gridDim.x} * 256) {
    double total = sum[at];
#pragma unroll 4
    for (int n = 0; n < examples; ++n) {
      int row = first_row(e, first_example + n);
      if (first_row(e, first_example + n + 1) - row == 1) {
        double s = static_cast<const T*>(e.gradients)[row * e.gradients_stride + at / e.inputs];
        double a = static_cast<const T*>(e.activations)[row * e.activations_stride + at % e.inputs];
        total = fma(s * s, a * a, total);
      } else {
        double g = formed[n * size + at];
        total = fma(g, g, total);
      }
    }
    sum[at] = total;
  }
}

// All examples have one row. A stage holds squares in double: a row's elements are squared once a block, not once a
// thread. Each thread brings four elements of either side; those of the next stage wait in registers during the
// products of this.
template <class T>
static __global__ void __launch_bounds__(kTileThreads, 2)
    squares_rows_tile(const infl_examples e, double* __restrict__ sum) {
  using Shape = TileShape<double, heuristics::kGradientTile>;
  static_assert(Shape::kDepth * Shape::kTile == 4 * kTileThreads, "a quad a thread and side");
  __shared__ typename Shape::Stage stages[2];
  GradientTile<T> tile(e, static_cast<int>(blockIdx.x));
  const int row = static_cast<int>(threadIdx.x) / (Shape::kTile / 4);
  const int column = static_cast<int>(threadIdx.x) % (Shape::kTile / 4) * 4;
  constexpr int32_t kType = sizeof(T) == 4 ? INFL_F32 : INFL_F64;
  const bool s_quads = quads_aligned(e.gradients, kType, 0, e.gradients_stride);
  const bool a_quads = quads_aligned(e.activations, kType, 0, e.activations_stride);
  T s[4], a[4];
  auto load = [&](int first) {
    int64_t k = first + row;
    bool inside = k < e.rows;
    load_quad(s, e.gradients, k * e.gradients_stride + tile.p0 + column, kType, s_quads,
        inside ? e.outputs - tile.p0 - column : 0);
    load_quad(a, e.activations, k * e.activations_stride + tile.m0 + column, kType, a_quads,
        inside ? e.inputs - tile.m0 - column : 0);
  };
  auto square = [&](double* to, const T(&x)[4]) {
#pragma unroll
    for (int i = 0; i < 4; i += 2) {
      double u = x[i], v = x[i + 1];
      *reinterpret_cast<double2*>(to + i) = double2{u * u, v * v};
    }
  };
  double total[4][4] = {};
  tile.each(e, [&](int64_t at, int i, int j) { total[i][j] = sum[at]; });
  load(0);
  int parity = 0;
#pragma unroll 1
  for (int k = 0; k < e.rows; k += Shape::kDepth, parity ^= 1) {
    typename Shape::Stage& stage = stages[parity];
    square(&stage.a[row][column], s);
    square(&stage.b[row][column], a);
    __syncthreads();  // the stage before this one is read by no thread any more after the next of these
    load(k + Shape::kDepth);
#pragma unroll
    for (int n = 0; n < Shape::kDepth; ++n) Shape::multiply(total, stage.a[n], stage.b[n], tile.y, tile.x);
  }
  tile.each(e, [&](int64_t at, int i, int j) { sum[at] = total[i][j]; });
}

// The same, a thread an element: rows come from L1 or L2.
template <class T>
static __global__ void __launch_bounds__(256) squares_rows(const infl_examples e, double* __restrict__ sum) {
  const int64_t size = int64_t{e.outputs} * e.inputs;
  for (int64_t at = int64_t{blockIdx.x} * 256 + threadIdx.x; at < size; at += int64_t{gridDim.x} * 256) {
    const T* s = static_cast<const T*>(e.gradients) + at / e.inputs;
    const T* a = static_cast<const T*>(e.activations) + at % e.inputs;
    double total = sum[at];
#pragma unroll 8
    for (int r = 0; r < e.rows; ++r) {
      double u = __ldg(s + r * e.gradients_stride), v = __ldg(a + r * e.activations_stride);
      total = fma(u * u, v * v, total);
    }
    sum[at] = total;
  }
}

template <class A>
static __global__ void __launch_bounds__(kTileThreads, GradientTileOf<A>::kBlocks)
    weighted_squares_tile(const infl_examples e, const __grid_constant__ WeightList weights, int count,
    int groups, double* __restrict__ partial) {
  using Tile = GradientTileOf<A>;
  using T = ElementOf<A>;
  __shared__ typename Tile::Stage stages[2];
  __shared__ BlockSums sums;
  const Place at = place_of(groups);
  Tile tile(e, at.x);
  int begin = static_cast<int>(int64_t{e.examples} * at.y / groups);
  int end = static_cast<int>(int64_t{e.examples} * (at.y + 1) / groups);
  const int thread = static_cast<int>(threadIdx.x);
  tile.stream(e, begin, end, stages, [&](int n, typename Tile::Sums& g, int, typename Tile::LastRow) {
#pragma unroll
    for (int i = 0; i < Tile::kOwn; ++i) {
#pragma unroll
      for (int j = 0; j < 4; ++j) g[i][j] *= g[i][j];
    }
    for (int d = 0; d < count; ++d) {
      const T* w = static_cast<const T*>(weights.of[d]);
      T mine = 0;
      tile.each(e, [&](int64_t at, int i, int j) { mine = fused_multiply_add(__ldg(w + at), g[i][j], mine); });
      double all = warp_sum(static_cast<double>(mine));
      if (thread % 32 == 0) sums.warp[thread / 32][d] = all;
    }
    __syncthreads();
    if (thread < count) {
      double total = 0;
      for (int w = 0; w < 8; ++w) total += sums.warp[w][thread];
      partial[(int64_t{at.x} * count + thread) * e.examples + n] = total;
    }
    __syncthreads();
  });
}

template <class A, class T>
static __global__ void __launch_bounds__(kTileThreads, GradientTileOf<A>::kBlocks) accumulate_tile(
    const infl_examples e, const int32_t* __restrict__ targets, int queries, T* __restrict__ sums) {
  using Tile = GradientTileOf<A>;
  __shared__ typename Tile::Stage stages[2];
  const Place at = place_of(queries);
  Tile tile(e, at.x);
  const int target = at.y;
  T* to = sums + target * (int64_t{e.outputs} * e.inputs);
  T total[Tile::kOwn][4] = {};
  tile.each(e, [&](int64_t at, int i, int j) { total[i][j] = to[at]; });
  int n = 0;
#pragma unroll 1
  while (true) {  // runs of examples of this target
    while (n < e.examples && targets[n] != target) ++n;
    if (n == e.examples) break;
    int begin = n;
    while (n < e.examples && targets[n] == target) ++n;
    tile.stream(e, begin, n, stages, [&](int, typename Tile::Sums& g, int, typename Tile::LastRow) {
#pragma unroll
      for (int i = 0; i < Tile::kOwn; ++i) {
#pragma unroll
        for (int j = 0; j < 4; ++j) total[i][j] += g[i][j];
      }
    });
  }
  tile.each(e, [&](int64_t at, int i, int j) { to[at] = total[i][j]; });
}

static __global__ void __launch_bounds__(256)
    sum_tiles(const double* __restrict__ partial, int64_t tiles, int64_t count, double* __restrict__ out) {
  int64_t i = int64_t{blockIdx.x} * 256 + threadIdx.x;
  if (i >= count) return;
  double total = 0;
#pragma unroll 8
  for (int64_t t = 0; t < tiles; ++t) total += partial[t * count + i];
  out[i] = total;
}

// ---- launchers

int32_t launch_sum_tiles(const double* partial, int64_t tiles, int64_t count, double* out, void* stream) {
  return launch("sum_tiles", sum_tiles, divide_up(count, 256), 256, 0, stream, partial, tiles,
      count, out);
}

template <class A>
static int32_t form(
    const infl_examples& e, int first, int count, ElementOf<A>* out, const Device& device, void* stream) {
  int64_t tiles = tiles_of<WrittenTile<A>>(e);
  int groups = heuristics::example_groups(tiles, count, device.multiprocessors);
  return launch(
      "gradients_tile", gradients_tile<A, ElementOf<A>>, tiles * groups, kTileThreads, 0, stream, e, first, count, groups,
      out);
}

template <class T>
static int32_t squares_of_rows(const infl_examples& e, double* sum, const Device& device, void* stream) {
  int64_t tiles = gradient_tiles(e);
  if (!heuristics::few_tiles(tiles, device.multiprocessors)) {
    return launch("squares_rows_tile", squares_rows_tile<T>, tiles, kTileThreads, 0, stream, e,
        sum);
  }
  int blocks = heuristics::elementwise_blocks(4 * int64_t{e.outputs} * e.inputs, device.multiprocessors);
  return launch("squares_rows", squares_rows<T>, blocks, 256, 0, stream, e, sum);
}

template <class A>
static int32_t squares(const infl_examples& e, double* sum, void* workspace, int64_t bytes, const Device& device,
    void* stream) {
  using T = ElementOf<A>;
  if (!e.offsets) return squares_of_rows<T>(e, sum, device, stream);
  int64_t size = int64_t{e.outputs} * e.inputs;
  int chunk = heuristics::formed_examples(e.outputs, e.inputs, sizeof(T), e.examples, device.multiprocessors);
  if (chunk < 2 || !workspace || bytes < static_cast<int64_t>(sizeof(T)) * chunk * size) {
    return launch("squares_tile", squares_tile<A>, tiles_of<GradientTileOf<A>>(e), kTileThreads, 0, stream, e, sum);
  }
  for (int first = 0, count; first < e.examples; first += count) {
    count = min(chunk, e.examples - first);
    if (int32_t error = form<A>(e, first, count, static_cast<T*>(workspace), device, stream)) return error;
    int blocks = heuristics::elementwise_blocks(4 * size, device.multiprocessors);
    if (int32_t error = launch("squares_formed", squares_formed<T>, blocks, 256, 0, stream, e, first, count,
            static_cast<const T*>(workspace), sum)) {
      return error;
    }
  }
  return cudaSuccess;
}

static bool nothing_to_do(const infl_examples& e) { return e.examples == 0; }

}  // namespace infl

using namespace infl;

int32_t infl_cuda_gradients(int32_t precision, const infl_examples* examples, void* gradients, void* stream) {
  if (!examples || !valid(*examples) || !is_product_type(precision)) return cudaErrorInvalidValue;
  if (nothing_to_do(*examples)) return cudaSuccess;
  Device device;
  if (int32_t e = device_for(precision, &device)) return e;
  return by_arithmetic(precision, [&](auto a) {
    using A = typename decltype(a)::Type;
    return form<A>(*examples, 0, examples->examples, static_cast<ElementOf<A>*>(gradients), device, stream);
  });
}

int64_t infl_cuda_squares_workspace(int32_t precision, const infl_examples* examples) {
  Device device;
  if (!examples || !valid(*examples) || !is_product_type(precision) || nothing_to_do(*examples) ||
      !examples->offsets || current_device(&device)) {
    return 0;
  }
  int64_t size = precision == INFL_F64 ? 8 : 4;
  return size * examples->outputs * examples->inputs *
      heuristics::formed_examples(examples->outputs, examples->inputs, size, examples->examples,
      device.multiprocessors);
}

int32_t infl_cuda_squares(int32_t precision, const infl_examples* examples, double* sum, void* workspace,
    int64_t workspace_bytes, void* stream) {
  if (!examples || !valid(*examples) || !is_product_type(precision)) return cudaErrorInvalidValue;
  if (nothing_to_do(*examples)) return cudaSuccess;
  Device device;
  if (int32_t e = device_for(precision, &device)) return e;
  return by_arithmetic(precision, [&](auto a) {
    return squares<typename decltype(a)::Type>(*examples, sum, workspace, workspace_bytes, device, stream);
  });
}

int64_t infl_cuda_weighted_squares_workspace(const infl_examples* examples, int32_t count) {
  if (!examples || !valid(*examples) || count < 0) return 0;
  return gradient_tiles(*examples) * count * examples->examples * static_cast<int64_t>(sizeof(double));
}

int32_t infl_cuda_weighted_squares(int32_t precision, const infl_examples* examples, const void* const* weights,
    int32_t count, double* out, void* workspace, int64_t workspace_bytes, void* stream) {
  if (!examples || !valid(*examples) || !is_product_type(precision) || count < 0 || count > kMostWeights ||
      (count > 0 && !weights) || workspace_bytes < infl_cuda_weighted_squares_workspace(examples, count)) {
    return cudaErrorInvalidValue;
  }
  if (count == 0 || examples->examples == 0) return cudaSuccess;
  Device device;
  if (int32_t e = device_for(precision, &device)) return e;
  WeightList list{};
  for (int d = 0; d < count; ++d) list.of[d] = weights[d];
  return by_arithmetic(precision, [&](auto a) -> int32_t {
    using A = typename decltype(a)::Type;
    double* partial = static_cast<double*>(workspace);
    int64_t tiles = tiles_of<GradientTileOf<A>>(*examples);
    int groups = heuristics::example_groups(tiles, examples->examples, device.multiprocessors);
    if (int32_t e = launch("weighted_squares_tile", weighted_squares_tile<A>, tiles * groups, kTileThreads, 0, stream,
            *examples, list, count, groups, partial)) {
      return e;
    }
    return launch_sum_tiles(partial, tiles, int64_t{count} * examples->examples, out, stream);
  });
}

int32_t infl_cuda_accumulate_gradients(int32_t precision, const infl_examples* examples, const int32_t* targets,
    int32_t queries, void* sums, void* stream) {
  if (!examples || !valid(*examples) || !is_product_type(precision) || queries < 0) {
    return cudaErrorInvalidValue;
  }
  if (nothing_to_do(*examples) || queries == 0) return cudaSuccess;
  Device device;
  if (int32_t e = device_for(precision, &device)) return e;
  return by_arithmetic(precision, [&](auto a) {
    using A = typename decltype(a)::Type;
    int64_t blocks = tiles_of<GradientTileOf<A>>(*examples) * queries;
    return launch("accumulate_tile", accumulate_tile<A, ElementOf<A>>, blocks, kTileThreads, 0, stream, *examples, targets,
        queries,
        static_cast<ElementOf<A>*>(sums));
  });
}
