/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Scores, form (a): scores[q, e] = ⟨V_q, g_e⟩ with each tile of g_e formed once, in registers, for all queries.
//
// Layout: rows as in gradients.cu; queries [Q, P, M] in the compute type; scores [Q, E] double.
// Flops: 2 T P M to form g_e and 2 Q P M to use it. Traffic per row and tile of 64 x 64: 128 elements; per example,
// query and tile 4096 elements of V, from L1 or L2: 4 Q bytes for T + Q multiply-adds an element, so from T = 4 Q on
// arithmetic hides it.
//   1 naive: a thread an example and query.
//   2 tiles, grid over groups of examples; a block's sums by shuffles, tiles added in order by a second kernel.
#include "gradients.cuh"

namespace infl {

// ---- kernels

template <class T>
static __global__ void score_naive(const infl_examples e, const T* queries, int query_count, double* scores) {
  int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= e.examples * query_count) return;
  int n = i % e.examples;
  const T* v = queries + i / e.examples * (int64_t{e.outputs} * e.inputs);
  T total = 0;
  for (int p = 0; p < e.outputs; ++p) {
    for (int m = 0; m < e.inputs; ++m) {
      T g = 0;
      for (int r = first_row(e, n); r < first_row(e, n + 1); ++r) {
        g = fused_multiply_add(static_cast<const T*>(e.gradients)[r * e.gradients_stride + p],
            static_cast<const T*>(e.activations)[r * e.activations_stride + m], g);
      }
      total = fused_multiply_add(v[int64_t{p} * e.inputs + m], g, total);
    }
  }
  scores[i] = total;
}

template <class A, class T>
static __global__ void __launch_bounds__(kTileThreads, GradientTileOf<A>::kBlocks)
    score_tile(const infl_examples e, const T* __restrict__ queries, int query_count, int groups,
    double* __restrict__ partial) {
  using Tile = GradientTileOf<A>;
  __shared__ typename Tile::Stage stages[2];
  __shared__ BlockSums sums;
  const Place at = place_of(groups);
  Tile tile(e, at.x);
  int begin = static_cast<int>(int64_t{e.examples} * at.y / groups);
  int end = static_cast<int>(int64_t{e.examples} * (at.y + 1) / groups);
  const int thread = static_cast<int>(threadIdx.x);
  const int64_t size = int64_t{e.outputs} * e.inputs;
  tile.stream(e, begin, end, stages, [&](int n, typename Tile::Sums& g, int, typename Tile::LastRow) {
#pragma unroll 1
    for (int first = 0; first < query_count; first += kSlots) {
      const int count = min(kSlots, query_count - first);
#pragma unroll 1
      for (int q = 0; q < count; ++q) {
        const T* v = queries + (first + q) * size;
        T mine = 0;
        tile.each(e, [&](int64_t at, int i, int j) { mine = fused_multiply_add(__ldg(v + at), g[i][j], mine); });
        double all = warp_sum(static_cast<double>(mine));
        if (thread % 32 == 0) sums.warp[thread / 32][q] = all;
      }
      __syncthreads();
      if (thread < count) {
        double total = 0;
        for (int w = 0; w < 8; ++w) total += sums.warp[w][thread];
        partial[(int64_t{at.x} * query_count + first + thread) * e.examples + n] = total;
      }
      __syncthreads();
    }
  });
}

}  // namespace infl

// ---- launchers

using namespace infl;

int64_t infl_cuda_score_workspace(const infl_examples* examples, int32_t queries) {
  if (!examples || !valid(*examples) || queries < 0) return 0;
  return gradient_tiles(*examples) * queries * examples->examples * static_cast<int64_t>(sizeof(double));
}

int32_t infl_cuda_score(int32_t precision, const infl_examples* examples, const void* queries, int32_t query_count,
    double* scores, void* workspace, int64_t workspace_bytes, void* stream) {
  if (!examples || !valid(*examples) || !is_product_type(precision) || query_count < 0 ||
      workspace_bytes < infl_cuda_score_workspace(examples, query_count)) {
    return cudaErrorInvalidValue;
  }
  if (query_count == 0 || examples->examples == 0) return cudaSuccess;
  Device device;
  if (int32_t e = device_for(precision, &device)) return e;
  return by_arithmetic(precision, [&](auto a) -> int32_t {
    using A = typename decltype(a)::Type;
    double* partial = static_cast<double*>(workspace);
    int64_t tiles = tiles_of<GradientTileOf<A>>(*examples);
    int groups = heuristics::example_groups(tiles, examples->examples, device.multiprocessors);
    if (int32_t e = launch("score_tile", score_tile<A, ElementOf<A>>, tiles * groups, kTileThreads, 0, stream, *examples,
            static_cast<const ElementOf<A>*>(queries), query_count, groups, partial)) {
      return e;
    }
    return launch_sum_tiles(partial, tiles, int64_t{query_count} * examples->examples, scores, stream);
  });
}
