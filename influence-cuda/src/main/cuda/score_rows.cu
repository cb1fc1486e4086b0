/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Scores of rows without gradients: (b) s_tᵀ V_q a_t with dense V, (c) (s_tᵀ L_q)·(a_tᵀ R_q) with V = L Rᵀ; and their
// sums over the rows of each example.
//
// Layout: rows [R, P] and [R, M]; V [Q, P, M], L [Q, P, rank], R [Q, M, rank] in the compute type; rows and scores
// double. (b) Flops: 2 P M a row and query. A block takes 64 (128) rows by as many columns of S V_q, multiplies them by
// those of A and
//   sums over the columns, so S V_q is never written. Traffic per block and k: 2 kTile elements; in the end kTile² of
//   A.
// (c) Flops: 2 rank (P + M) a row and query. A block takes 64 rows by 64 columns, which are rank columns of each of
// 64/rank
//   queries (of one query, in several rounds, from rank 65), of S L and of A R; the products of both are summed per
//   query.
//   1 naive: a thread a row and query.  2 tiles; for (b) column tiles are added in order by a second kernel.
//   3 on tensor cores, 128 rows by 128 (c: 64) columns: tensor.cuh. What is multiplied by A, or by each other, is not
//   rounded again.
// The tile of (b) depends on the layer alone, not on the number of rows: it decides how a row's sum is cut.
#include "gradients.cuh"

namespace infl {

// ---- kernels

template <class T>
static __global__ void rows_naive(const infl_examples e, const T* queries, int query_count, double* rows) {
  int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= int64_t{e.rows} * query_count) return;
  int64_t r = i % e.rows;
  const T* v = queries + i / e.rows * (int64_t{e.outputs} * e.inputs);
  const T* s = static_cast<const T*>(e.gradients) + r * e.gradients_stride;
  const T* a = static_cast<const T*>(e.activations) + r * e.activations_stride;
  T total = 0;
  for (int m = 0; m < e.inputs; ++m) {
    T y = 0;
    for (int p = 0; p < e.outputs; ++p) y = fused_multiply_add(s[p], v[int64_t{p} * e.inputs + m], y);
    total = fused_multiply_add(y, a[m], total);
  }
  rows[i] = total;
}

template <class T>
static __global__ void rows_low_rank_naive(
    const infl_examples e, const T* left, const T* right, int rank, int query_count, double* rows) {
  int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= int64_t{e.rows} * query_count) return;
  int64_t r = i % e.rows, q = i / e.rows;
  const T* s = static_cast<const T*>(e.gradients) + r * e.gradients_stride;
  const T* a = static_cast<const T*>(e.activations) + r * e.activations_stride;
  T total = 0;
  for (int k = 0; k < rank; ++k) {
    T u = 0, w = 0;
    for (int p = 0; p < e.outputs; ++p) u = fused_multiply_add(s[p], left[(q * e.outputs + p) * rank + k], u);
    for (int m = 0; m < e.inputs; ++m) w = fused_multiply_add(a[m], right[(q * e.inputs + m) * rank + k], w);
    total = fused_multiply_add(u, w, total);
  }
  rows[i] = total;
}

// Grid: row tiles, column tiles, queries. partial [column tiles, Q, R].
template <class T, int Tile>
static __global__ void __launch_bounds__(kTileThreads, Tile == 64 ? kGradientBlocks<T> : 1)
    rows_tile(const infl_examples e, const T* __restrict__ queries, int query_count, double* __restrict__ partial) {
  using Shape = TileShape<T, Tile>;
  __shared__ typename Shape::Stage stages[2];
  const int down = static_cast<int>(divide_up(e.rows, Tile));
  const Place at = place_of(query_count);
  const int r0 = at.x % down * Tile, m0 = at.x / down * Tile;
  const int64_t q = at.y;
  const int x = static_cast<int>(threadIdx.x) % 16, y = static_cast<int>(threadIdx.x) / 16;
  const T* v = queries + q * e.outputs * e.inputs;
  const T* s = static_cast<const T*>(e.gradients);
  Operand<T> left{s, e.gradients_stride, e.rows, false};
  Operand<T> right{v, e.inputs, e.inputs, reinterpret_cast<uintptr_t>(v) % 16 == 0 && e.inputs % Shape::kVector == 0};
  auto start = [&](int k, typename Shape::Stage& to) {
    copy_transposed<Shape>(to.a, left, k, e.outputs, r0);
    copy_k_major<Shape>(to.b, right, k, e.outputs, m0, [](int i) { return int64_t{i}; });
    __pipeline_commit();
  };
  T sum[Shape::kOwn][Shape::kOwn] = {};
  start(0, stages[0]);
  int parity = 0;
#pragma unroll 1
  for (int k = 0; k < e.outputs; k += Shape::kDepth, parity ^= 1) {
    if (k + Shape::kDepth < e.outputs) {
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
  const T* a = static_cast<const T*>(e.activations);
#pragma unroll
  for (int i = 0; i < Shape::kOwn; ++i) {
    int row = r0 + Shape::place(y, i);
    T mine = 0;
#pragma unroll
    for (int j = 0; j < Shape::kOwn; ++j) {
      int m = m0 + Shape::place(x, j);
      if (row < e.rows && m < e.inputs) mine = fused_multiply_add(sum[i][j], a[row * e.activations_stride + m], mine);
    }
    double all = mine;
#pragma unroll
    for (unsigned bits = 8; bits > 0; bits /= 2) all += __shfl_xor_sync(kFullWarp, all, bits);
    if (x == 0 && row < e.rows) partial[(int64_t{m0 / Tile} * query_count + q) * e.rows + row] = all;
  }
}

// Grid: row tiles, groups of queries. rows [Q, R].
template <class T>
static __global__ void __launch_bounds__(kTileThreads, kGradientBlocks<T>) rows_low_rank(const infl_examples e,
    const T* __restrict__ left, const T* __restrict__ right, int rank, int query_count, double* __restrict__ rows) {
  using Shape = GradientShape<T>;
  union Shared {
    typename Shape::Stage stages[2];
    T products[64][65];
  };
  __shared__ Shared shared;
  const int thread = static_cast<int>(threadIdx.x), x = thread % 16, y = thread / 16;
  const int per_tile = rank < 64 ? 64 / rank : 1;
  const Place at = place_of(static_cast<int>(divide_up(query_count, per_tile)));
  const int r0 = at.x * 64;
  const int q0 = at.y * per_tile, queries = min(per_tile, query_count - q0);
  // Thread t sums the products of row t % 64 for queries t / 64, t / 64 + 4, ... of the group: at most 64 / 4 of them.
  double total[16] = {};

#pragma unroll 1
  for (int first = 0; first < rank; first += 64) {
    const int width = min(rank - first, 64);  // columns of one query in this round
    // sum = rows · factors: rows [R, depth] by k, factors [Q, depth, rank].
    auto project = [&](const void* side, int64_t stride, int depth, const T* factors, T(&sum)[4][4]) {
      Operand<T> from{static_cast<const T*>(side), stride, e.rows, false};
      // 256 threads are whole rows of the stage, so a thread always copies the same column.
      const int column = thread % 64, of = column / width;
      const bool used = of < queries;
      const T* source = factors + (used ? (q0 + of) * int64_t{depth} * rank + first + column % width : 0);
      auto start = [&](int k, typename Shape::Stage& to) {
        copy_transposed<Shape>(to.a, from, k, depth, r0);
#pragma unroll
        for (int n = thread / 64; n < Shape::kDepth; n += kTileThreads / 64) {
          bool inside = used && k + n < depth;
          const T* from = inside ? source + int64_t{k + n} * rank : factors;
          __pipeline_memcpy_async(&to.b[n][column], from, sizeof(T), inside ? 0 : sizeof(T));
        }
        __pipeline_commit();
      };
      start(0, shared.stages[0]);
      int parity = 0;
#pragma unroll 1
      for (int k = 0; k < depth; k += Shape::kDepth, parity ^= 1) {
        if (k + Shape::kDepth < depth) {
          start(k + Shape::kDepth, shared.stages[parity ^ 1]);
          __pipeline_wait_prior(1);
        } else {
          __pipeline_wait_prior(0);
        }
        __syncthreads();
#pragma unroll
        for (int n = 0; n < Shape::kDepth; ++n) {
          Shape::multiply(sum, shared.stages[parity].a[n], shared.stages[parity].b[n], y, x);
        }
        __syncthreads();
      }
    };
    T u[4][4] = {}, w[4][4] = {};
    project(e.gradients, e.gradients_stride, e.outputs, left, u);
    project(e.activations, e.activations_stride, e.inputs, right, w);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
#pragma unroll
      for (int j = 0; j < 4; ++j) shared.products[4 * y + i][4 * x + j] = u[i][j] * w[i][j];
    }
    __syncthreads();
#pragma unroll
    for (int n = 0; n < 16; ++n) {
      int q = thread / 64 + 4 * n;
      if (q < queries) {
        T sum = 0;
        for (int k = 0; k < width; ++k) sum += shared.products[thread % 64][q * width + k];
        total[n] += static_cast<double>(sum);
      }
    }
    __syncthreads();
  }
  const int row = r0 + thread % 64;
#pragma unroll
  for (int n = 0; n < 16; ++n) {
    int q = thread / 64 + 4 * n;
    if (q < queries && row < e.rows) rows[int64_t{q0 + q} * e.rows + row] = total[n];
  }
}

// As rows_tile.
template <class Path>
static __global__ void __launch_bounds__(kTileThreads, 1) rows_tensor(
    const infl_examples e, const float* __restrict__ queries, int query_count, double* __restrict__ partial) {
  using Product = TensorTile<Path, 128>;
  __shared__ typename Product::Stage stages[2];
  __shared__ double halves[2][Product::kRows];
  const int down = static_cast<int>(divide_up(e.rows, Product::kRows));
  const Place at = place_of(query_count);
  const int tile = at.x / down, r0 = at.x % down * Product::kRows, m0 = tile * Product::kColumns;
  const int64_t q = at.y;
  const int thread = static_cast<int>(threadIdx.x);
  auto own_line = [&]() -> TensorLine {
    const int row = r0 + thread, column = m0 + thread - Product::kRows;
    if (thread < Product::kRows) {
      return {static_cast<const float*>(e.gradients) + row * e.gradients_stride, 1, row < e.rows};
    }
    return {queries + q * e.outputs * e.inputs + column, e.inputs, column < e.inputs};
  };
  typename Product::Sums sums = {};
  Product::run(own_line(), e.outputs, stages, sums);
  const float* a = static_cast<const float*>(e.activations);
  float mine[4] = {};  // of the thread's rows
  Product::each([&](int row, int column, int i, int j) {
    if (r0 + row < e.rows && m0 + column < e.inputs) {
      float& sum = mine[i / Product::kAcross * 2 + j / 2];
      sum = fmaf(sums[i][j], a[(r0 + row) * e.activations_stride + m0 + column], sum);
    }
  });
#pragma unroll
  for (int n = 0; n < 4; ++n) {
    double all = mine[n];
    all += __shfl_xor_sync(kFullWarp, all, 1u);
    all += __shfl_xor_sync(kFullWarp, all, 2u);
    if (thread % 4 == 0) halves[thread / 32 % 2][thread / 64 * 32 + thread % 32 / 4 + 8 * n] = all;
  }
  __syncthreads();
  if (thread < Product::kRows && r0 + thread < e.rows) {
    partial[(int64_t{tile} * query_count + q) * e.rows + r0 + thread] = halves[0][thread] + halves[1][thread];
  }
}

// As rows_low_rank.
template <class Path>
static __global__ void __launch_bounds__(kTileThreads, 1) rows_low_rank_tensor(const infl_examples e,
    const float* __restrict__ left, const float* __restrict__ right, int rank, int query_count,
    double* __restrict__ rows) {
  using Product = TensorTile<Path, 64>;
  union Shared {
    typename Product::Stage stages[2];
    float products[Product::kRows][65];
  };
  __shared__ Shared shared;
  const int thread = static_cast<int>(threadIdx.x), own_row = thread % Product::kRows;
  const int per_tile = rank < 64 ? 64 / rank : 1;
  const Place at = place_of(static_cast<int>(divide_up(query_count, per_tile)));
  const int r0 = at.x * Product::kRows;
  const int q0 = at.y * per_tile, queries = min(per_tile, query_count - q0);
  // Of the thread's row, for every other query of the group.
  double total[32] = {};

#pragma unroll 1
  for (int first = 0; first < rank; first += 64) {
    const int width = min(rank - first, 64);  // columns of one query in this round
    auto project = [&](const void* side, int64_t stride, int depth, const float* factors, auto& sums) {
      auto own_line = [&]() -> TensorLine {
        if (thread < Product::kRows) {
          return {static_cast<const float*>(side) + (r0 + thread) * stride, 1, r0 + thread < e.rows};
        }
        const int column = thread - Product::kRows, of = column / width;
        return {factors + (q0 + of) * int64_t{depth} * rank + first + column % width, rank,
            thread < Product::kLines && of < queries};
      };
      Product::run(own_line(), depth, shared.stages, sums);
    };
    typename Product::Sums u = {}, w = {};
    project(e.gradients, e.gradients_stride, e.outputs, left, u);
    project(e.activations, e.activations_stride, e.inputs, right, w);
    Product::each([&](int row, int column, int i, int j) { shared.products[row][column] = u[i][j] * w[i][j]; });
    __syncthreads();
#pragma unroll
    for (int n = 0; n < 32; ++n) {
      const int q = thread / Product::kRows + 2 * n;
      if (q < queries) {
        float sum = 0;
        for (int k = 0; k < width; ++k) sum += shared.products[own_row][q * width + k];
        total[n] += static_cast<double>(sum);
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (int n = 0; n < 32; ++n) {
    const int q = thread / Product::kRows + 2 * n;
    if (q < queries && r0 + own_row < e.rows) rows[int64_t{q0 + q} * e.rows + r0 + own_row] = total[n];
  }
}

// scores[q, e] = Σ of rows[q, t] over the rows of e: a warp each, lanes take every 32nd row, then shuffles.
static __global__ void __launch_bounds__(256)
    sum_rows(const infl_examples e, const double* __restrict__ rows, int query_count, double* __restrict__ scores) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int64_t count = int64_t{e.examples} * query_count, warps = int64_t{gridDim.x} * 8;
  for (int64_t i = int64_t{blockIdx.x} * 8 + threadIdx.x / 32; i < count; i += warps) {
    int n = static_cast<int>(i % e.examples), end = first_row(e, n + 1);
    const double* from = rows + i / e.examples * e.rows;
    double total = 0;
    for (int r = first_row(e, n) + lane; r < end; r += 32) total += from[r];
    total = warp_sum(total);
    if (lane == 0) scores[i] = total;
  }
}

// ---- launchers

static int32_t finish(const infl_examples& e, int32_t query_count, const double* rows, double* scores,
    const Device& device, void* stream) {
  if (!scores) return cudaSuccess;
  int blocks = heuristics::warp_blocks(int64_t{e.examples} * query_count, device.multiprocessors);
  return launch("sum_rows", sum_rows, blocks, 256, 0, stream, e, rows, query_count, scores);
}

// Columns of a tile of (b), rows of one of (c).
template <class A>
int64_t rows_tile_columns(int64_t inputs) {
  return std::is_arithmetic_v<A> ? heuristics::score_rows_tile(inputs, sizeof(ElementOf<A>)) : 128;
}
template <class A>
constexpr int64_t kLowRankRows = std::is_arithmetic_v<A> ? 64 : 128;

template <class A>
static int32_t score_rows(const infl_examples& e, const ElementOf<A>* queries, int32_t query_count, double* partial,
    void* stream) {
  using T = ElementOf<A>;
  const int64_t tile = rows_tile_columns<A>(e.inputs);
  const int64_t blocks = divide_up(e.rows, tile) * divide_up(e.inputs, tile) * query_count;
  auto run = [&](const char* name, auto kernel) {
    return launch(name, kernel, blocks, kTileThreads, 0, stream, e, queries, query_count, partial);
  };
  if constexpr (!std::is_arithmetic_v<A>) {
    return run("rows_tensor", rows_tensor<A>);
  } else {
    if constexpr (sizeof(T) == 4) {
      if (tile == 128) return run("rows_tile", rows_tile<T, 128>);
    }
    return run("rows_tile", rows_tile<T, 64>);
  }
}

template <class A>
static int32_t low_rank(const infl_examples& e, const ElementOf<A>* left, const ElementOf<A>* right, int32_t rank,
    int32_t query_count, double* rows, void* stream) {
  const int per_tile = rank < 64 ? 64 / rank : 1;
  const int64_t blocks = divide_up(e.rows, kLowRankRows<A>) * divide_up(query_count, per_tile);
  auto run = [&](const char* name, auto kernel) {
    return launch(name, kernel, blocks, kTileThreads, 0, stream, e, left, right, rank, query_count, rows);
  };
  if constexpr (std::is_arithmetic_v<A>) {
    return run("rows_low_rank", rows_low_rank<A>);
  } else {
    return run("rows_low_rank_tensor", rows_low_rank_tensor<A>);
  }
}

}  // namespace infl

using namespace infl;

int64_t infl_cuda_score_rows_workspace(const infl_examples* examples, int32_t queries) {
  if (!examples || !valid(*examples) || queries < 0) return 0;
  return (heuristics::tiles(examples->inputs, 64) + 1) * queries * examples->rows * static_cast<int64_t>(sizeof(double));
}

int32_t infl_cuda_score_rows(int32_t precision, const infl_examples* examples, const void* queries, int32_t query_count,
    double* rows, double* scores, void* workspace, int64_t workspace_bytes, void* stream) {
  if (!examples || !valid(*examples) || !is_product_type(precision) || query_count < 0 ||
      workspace_bytes < infl_cuda_score_rows_workspace(examples, query_count)) {
    return cudaErrorInvalidValue;
  }
  if (query_count == 0) return cudaSuccess;
  Device device;
  if (int32_t e = device_for(precision, &device)) return e;
  int64_t count = int64_t{query_count} * examples->rows;
  double* to = rows ? rows : static_cast<double*>(workspace);
  double* partial = static_cast<double*>(workspace) + count;
  if (examples->rows > 0) {
    int32_t error = by_arithmetic(precision, [&](auto a) -> int32_t {
      using A = typename decltype(a)::Type;
      const ElementOf<A>* of = static_cast<const ElementOf<A>*>(queries);
      if (int32_t e = score_rows<A>(*examples, of, query_count, partial, stream)) return e;
      int64_t tiles = divide_up(examples->inputs, rows_tile_columns<A>(examples->inputs));
      return launch_sum_tiles(partial, tiles, count, to, stream);
    });
    if (error) return error;
  }
  return examples->examples == 0 ? cudaSuccess : finish(*examples, query_count, to, scores, device, stream);
}

int64_t infl_cuda_score_rows_low_rank_workspace(const infl_examples* examples, int32_t queries, int32_t) {
  if (!examples || !valid(*examples) || queries < 0) return 0;
  return int64_t{queries} * examples->rows * static_cast<int64_t>(sizeof(double));
}

int32_t infl_cuda_score_rows_low_rank(int32_t precision, const infl_examples* examples, const void* left,
    const void* right,
    int32_t rank, int32_t query_count, double* rows, double* scores, void* workspace, int64_t workspace_bytes,
    void* stream) {
  if (!examples || !valid(*examples) || !is_product_type(precision) || query_count < 0 || rank < 1 ||
      (!rows && workspace_bytes < infl_cuda_score_rows_low_rank_workspace(examples, query_count, rank))) {
    return cudaErrorInvalidValue;
  }
  if (query_count == 0) return cudaSuccess;
  Device device;
  if (int32_t e = device_for(precision, &device)) return e;
  double* to = rows ? rows : static_cast<double*>(workspace);
  if (examples->rows > 0) {
    int32_t error = by_arithmetic(precision, [&](auto a) {
      using A = typename decltype(a)::Type;
      using T = ElementOf<A>;
      return low_rank<A>(
          *examples, static_cast<const T*>(left), static_cast<const T*>(right), rank, query_count, to, stream);
    });
    if (error) return error;
  }
  return examples->examples == 0 ? cudaSuccess : finish(*examples, query_count, to, scores, device, stream);
}
