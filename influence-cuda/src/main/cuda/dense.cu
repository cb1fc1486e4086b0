/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Elementwise work on dense gradients [E, elements] and queries [Q, elements] that exist in memory: form-then-rotate Λ
// and self-influence, targets, and preconditioning's W∘G. Bound by memory: each gradient is read once.
//
//   dense_squares           sum += Σ_e g_e∘g_e in double. Per element: 4 or 8 bytes, 2 flops. A thread an element, e in
//   order.
//   dense_weighted_squares  Σ w∘g∘g an example and weight. Blocks take 8192 elements; block sums, then chunks in order.
//   dense_accumulate        sums[target] += g_e in the order of e. A thread an element and target.
//   scale                   out = weights∘values. Per element: read 8, write 4 (double: twice that); weights stay in
//   L2.
// The first form of each, a thread an element, is already bound by memory; there is no naive twin but for weighted
// squares.
#include "gradients.cuh"

namespace infl {

using heuristics::kDenseChunk;

// ---- kernels

template <class T>
static __global__ void __launch_bounds__(256)
    dense_squares(const T* __restrict__ gradients, int examples, int64_t elements, double* __restrict__ sum) {
  for (int64_t i = int64_t{blockIdx.x} * 256 + threadIdx.x; i < elements; i += int64_t{gridDim.x} * 256) {
    double total = sum[i];
#pragma unroll 4
    for (int e = 0; e < examples; ++e) {
      double g = gradients[e * elements + i];
      total = fma(g, g, total);
    }
    sum[i] = total;
  }
}

template <class T>
static __global__ void dense_weighted_squares_naive(
    const T* gradients, int examples, int64_t elements, const T* weights, double* out) {
  int e = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (e >= examples) return;
  T total = 0;
  for (int64_t i = 0; i < elements; ++i) {
    T g = gradients[e * elements + i];
    total = fused_multiply_add(weights[i] * g, g, total);
  }
  out[e] = total;
}

template <class T>
static __global__ void __launch_bounds__(256) dense_weighted_squares(const T* __restrict__ gradients, int examples,
    int64_t elements, const __grid_constant__ WeightList weights, int count, double* __restrict__ partial) {
  __shared__ BlockSums sums;
  const Place at = place_of(examples);
  const int thread = static_cast<int>(threadIdx.x), e = at.y;
  const int64_t first = int64_t{at.x} * kDenseChunk, end = min(first + kDenseChunk, elements);
  T mine[kMostWeights] = {};
  for (int64_t i = first + thread; i < end; i += 256) {
    T g = gradients[e * elements + i];
    g *= g;
#pragma unroll
    for (int d = 0; d < kMostWeights; ++d) {
      if (d < count) mine[d] = fused_multiply_add(__ldg(static_cast<const T*>(weights.of[d]) + i), g, mine[d]);
    }
  }
#pragma unroll
  for (int d = 0; d < kMostWeights; ++d) {
    if (d >= count) break;
    double all = warp_sum(static_cast<double>(mine[d]));
    if (thread % 32 == 0) sums.warp[thread / 32][d] = all;
  }
  __syncthreads();
  if (thread < count) {
    double total = 0;
    for (int w = 0; w < 8; ++w) total += sums.warp[w][thread];
    partial[(int64_t{at.x} * count + thread) * examples + e] = total;
  }
}

template <class T>
static __global__ void __launch_bounds__(256) dense_accumulate(const T* __restrict__ gradients, int examples,
    int64_t elements, const int32_t* __restrict__ targets, int queries, T* __restrict__ sums) {
  const Place at = place_of(queries);
  const int target = at.y;
  const int64_t step = int64_t{at.width} * 256;
  T* to = sums + target * elements;
  for (int64_t i = int64_t{at.x} * 256 + threadIdx.x; i < elements; i += step) {
    T total = to[i];
#pragma unroll 1  // otherwise a register spills for sm_80
    for (int e = 0; e < examples; ++e) {
      if (targets[e] == target) total += gradients[e * elements + i];
    }
    to[i] = total;
  }
}

// No __restrict__: out may be values.
template <class T>
static __global__ void __launch_bounds__(256) scale(const T* weights, const T* values, T* out, int64_t elements,
    int batch) {
  const Place at = place_of(batch);
  const int64_t offset = at.y * elements;
  for (int64_t i = int64_t{at.x} * 256 + threadIdx.x; i < elements; i += int64_t{at.width} * 256) {
    out[offset + i] = weights[i] * values[offset + i];
  }
}

}  // namespace infl

// ---- launchers

using namespace infl;

int32_t infl_cuda_dense_squares(
    int32_t precision, const void* gradients, int32_t examples, int64_t elements, double* sum, void* stream) {
  if (!is_compute_type(precision) || examples < 0 || elements < 0) return cudaErrorInvalidValue;
  if (examples == 0 || elements == 0) return cudaSuccess;
  Device device;
  if (int32_t e = current_device(&device)) return e;
  int blocks = heuristics::elementwise_blocks(4 * elements, device.multiprocessors);
  return precision == INFL_F32
      ? launch("dense_squares", dense_squares<float>, blocks, 256, 0, stream, static_cast<const float*>(gradients),
          examples, elements, sum)
      : launch("dense_squares", dense_squares<double>, blocks, 256, 0, stream, static_cast<const double*>(gradients),
          examples, elements, sum);
}

int64_t infl_cuda_dense_weighted_squares_workspace(int32_t examples, int64_t elements, int32_t count) {
  if (examples < 0 || elements < 0 || count < 0) return 0;
  return divide_up(elements, kDenseChunk) * count * examples * static_cast<int64_t>(sizeof(double));
}

int32_t infl_cuda_dense_weighted_squares(int32_t precision, const void* gradients, int32_t examples, int64_t elements,
    const void* const* weights, int32_t count, double* out, void* workspace, int64_t workspace_bytes, void* stream) {
  if (!is_compute_type(precision) || examples < 0 || elements < 0 || count < 0 ||
      count > kMostWeights || (count > 0 && !weights) ||
      workspace_bytes < infl_cuda_dense_weighted_squares_workspace(examples, elements, count)) {
    return cudaErrorInvalidValue;
  }
  if (examples == 0 || count == 0) return cudaSuccess;
  WeightList list{};
  for (int d = 0; d < count; ++d) list.of[d] = weights[d];
  double* partial = static_cast<double*>(workspace);
  int64_t chunks = divide_up(elements, kDenseChunk);
  if (chunks > 0) {
    int64_t blocks = chunks * examples;
    int32_t e = precision == INFL_F32
        ? launch("dense_weighted_squares", dense_weighted_squares<float>, blocks, 256, 0, stream,
            static_cast<const float*>(gradients), examples, elements, list, count, partial)
        : launch("dense_weighted_squares", dense_weighted_squares<double>, blocks, 256, 0, stream,
            static_cast<const double*>(gradients), examples, elements, list, count, partial);
    if (e) return e;
  }
  return launch_sum_tiles(partial, chunks, int64_t{count} * examples, out, stream);
}

int32_t infl_cuda_dense_accumulate(int32_t precision, const void* gradients, int32_t examples, int64_t elements,
    const int32_t* targets, int32_t queries, void* sums, void* stream) {
  if (!is_compute_type(precision) || examples < 0 || elements < 0 || queries < 0) {
    return cudaErrorInvalidValue;
  }
  if (examples == 0 || elements == 0 || queries == 0) return cudaSuccess;
  Device device;
  if (int32_t e = current_device(&device)) return e;
  int64_t blocks = int64_t{heuristics::elementwise_blocks(4 * elements, device.multiprocessors)} * queries;
  return precision == INFL_F32
      ? launch("dense_accumulate", dense_accumulate<float>, blocks, 256, 0, stream, static_cast<const float*>(gradients),
          examples, elements, targets, queries, static_cast<float*>(sums))
      : launch("dense_accumulate", dense_accumulate<double>, blocks, 256, 0, stream,
          static_cast<const double*>(gradients), examples, elements, targets, queries, static_cast<double*>(sums));
}

int32_t infl_cuda_scale(int32_t precision, const void* weights, const void* values, void* out, int64_t elements,
    int32_t batch, void* stream) {
  if (!is_compute_type(precision) || elements < 0 || batch < 0) return cudaErrorInvalidValue;
  if (elements == 0 || batch == 0) return cudaSuccess;
  Device device;
  if (int32_t e = current_device(&device)) return e;
  int64_t blocks = int64_t{heuristics::elementwise_blocks(elements, device.multiprocessors)} * batch;
  return precision == INFL_F32
      ? launch("scale", scale<float>, blocks, 256, 0, stream, static_cast<const float*>(weights),
          static_cast<const float*>(values), static_cast<float*>(out), elements, batch)
      : launch("scale", scale<double>, blocks, 256, 0, stream, static_cast<const double*>(weights),
          static_cast<const double*>(values), static_cast<double*>(out), elements, batch);
}
