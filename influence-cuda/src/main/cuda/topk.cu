/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Streaming top-k: for each query the k best (score, id), best first; higher score, then lower id; NaN never enters.
// And the sums of scores over layers that it reads.
//
// Layout: scores [Q, ld] double, state values [Q, k] double and ids [Q, k] int64 in order. One block a query.
// Traffic: 8 bytes a score (and 8 an id if given), read once; state once a call. A score that does not beat the k-th
// costs a comparison. Those that do are gathered in shared memory and sorted in (bitonic, 2048 places) when the space
// runs out. The order of gathering varies, the result does not: the order of (score, id) is total.
//   1 naive: a thread a query, insertion.  2 this.
// add_scores: 24 bytes and one addition an element. Version 1.
#include "device.cuh"
#include "heuristics.h"

namespace infl {

constexpr int kPlaces = 2048, kTopThreads = 256, kBatch = INFL_CUDA_MAX_TOP_K;

struct TopSpace {
  double value[kPlaces];
  int64_t id[kPlaces];
  int gathered;
};

constexpr int64_t kNoId = -1;

// -infinity; free places compare behind real scores of -infinity because their id, as unsigned, is the greatest.
__device__ __forceinline__ double lowest() { return -HUGE_VAL; }

__device__ __forceinline__ bool better(double v, int64_t i, double w, int64_t j) {
  return v > w || (v == w && static_cast<uint64_t>(i) < static_cast<uint64_t>(j));
}

// ---- kernels

static __global__ void topk_clear(double* values, int64_t* ids, int64_t count) {
  int64_t i = int64_t{blockIdx.x} * 256 + threadIdx.x;
  if (i >= count) return;
  values[i] = lowest();
  ids[i] = kNoId;
}

static __global__ void add_scores(const double* part, int64_t count, int n, double* sums, int64_t ld) {
  for (int64_t i = int64_t{blockIdx.x} * 256 + threadIdx.x; i < count; i += int64_t{gridDim.x} * 256) {
    sums[i / n * ld + i % n] += part[i];
  }
}

[[maybe_unused]] static __global__ void topk_naive(const double* scores, int64_t ld, int n, int sign,
    const int64_t* example_ids, int64_t first_id, double* values, int64_t* ids, int k) {
  int64_t q = blockIdx.x;
  for (int i = 0; i < n; ++i) {
    double v = sign * scores[q * ld + i];
    int64_t id = example_ids ? example_ids[i] : first_id + i;
    int at = k;
    while (at > 0 && better(v, id, values[q * k + at - 1], ids[q * k + at - 1])) --at;
    if (at == k) continue;
    for (int j = k - 1; j > at; --j) {
      values[q * k + j] = values[q * k + j - 1];
      ids[q * k + j] = ids[q * k + j - 1];
    }
    values[q * k + at] = v;
    ids[q * k + at] = id;
  }
}

// Sorts all places, best first. All threads.
static __device__ void sort_places(TopSpace& s) {
  for (int size = 2; size <= kPlaces; size *= 2) {
    for (int stride = size / 2; stride > 0; stride /= 2) {
      for (int t = static_cast<int>(threadIdx.x); t < kPlaces / 2; t += kTopThreads) {
        int i = t / stride * 2 * stride + t % stride, j = i + stride;
        bool ascending = (i & size) != 0;
        if (better(s.value[j], s.id[j], s.value[i], s.id[i]) != ascending) {
          double v = s.value[i];
          s.value[i] = s.value[j];
          s.value[j] = v;
          int64_t id = s.id[i];
          s.id[i] = s.id[j];
          s.id[j] = id;
        }
      }
      __syncthreads();
    }
  }
}

static __global__ void __launch_bounds__(kTopThreads) topk_update(const double* __restrict__ scores, int64_t ld, int n,
    int sign, const int64_t* __restrict__ example_ids, int64_t first_id, double* __restrict__ values,
    int64_t* __restrict__ ids, int k) {
  __shared__ TopSpace s;
  const int thread = static_cast<int>(threadIdx.x);
  const int64_t q = blockIdx.x;
  scores += q * ld;
  values += q * k;
  ids += q * k;
  for (int i = thread; i < kPlaces; i += kTopThreads) {
    s.value[i] = i < k ? values[i] : lowest();
    s.id[i] = i < k ? ids[i] : kNoId;
  }
  if (thread == 0) s.gathered = 0;
  __syncthreads();
#pragma unroll 1
  for (int first = 0; first < n; first += kBatch) {
    const double least = s.value[k - 1];
    const int64_t least_id = s.id[k - 1];
#pragma unroll
    for (int j = 0; j < kBatch; j += kTopThreads) {
      int i = first + j + thread;
      if (i < n) {
        double v = sign * scores[i];
        int64_t id = example_ids ? example_ids[i] : first_id + i;
        if (better(v, id, least, least_id)) {
          int place = k + atomicAdd(&s.gathered, 1);
          s.value[place] = v;
          s.id[place] = id;
        }
      }
    }
    __syncthreads();
    const int gathered = s.gathered;
    if (gathered > 0 && (k + gathered + kBatch > kPlaces || first + kBatch >= n)) {
      sort_places(s);
      for (int i = k + thread; i < kPlaces; i += kTopThreads) {
        s.value[i] = lowest();
        s.id[i] = kNoId;
      }
      if (thread == 0) s.gathered = 0;
    }
    __syncthreads();
  }
  for (int i = thread; i < k; i += kTopThreads) {
    values[i] = s.value[i];
    ids[i] = s.id[i];
  }
}

}  // namespace infl

// ---- launchers

using namespace infl;

int32_t infl_cuda_topk_clear(double* values, int64_t* ids, int32_t queries, int32_t k, void* stream) {
  if (queries < 0 || k < 1 || k > kBatch) return cudaErrorInvalidValue;
  if (queries == 0) return cudaSuccess;
  int64_t count = int64_t{queries} * k;
  return launch("topk_clear", topk_clear, divide_up(count, 256), 256, 0, stream, values, ids,
      count);
}

int32_t infl_cuda_topk_update(const double* scores, int64_t ld, int32_t n, int32_t sign, const int64_t* example_ids,
    int64_t first_id, double* values, int64_t* ids, int32_t queries, int32_t k, void* stream) {
  bool signs = sign == 1 || sign == -1;
  if (queries < 0 || n < 0 || ld < n || !signs || k < 1 || k > kBatch) return cudaErrorInvalidValue;
  if (queries == 0 || n == 0) return cudaSuccess;
  return launch("topk_update", topk_update, queries, kTopThreads, 0, stream, scores, ld, n, sign,
      example_ids, first_id, values, ids, k);
}

int32_t infl_cuda_add_scores(const double* part, int32_t queries, int32_t n, double* sums, int64_t ld, int64_t first,
    void* stream) {
  if (queries < 0 || n < 0 || first < 0 || ld < first + n) return cudaErrorInvalidValue;
  int64_t count = int64_t{queries} * n;
  if (count == 0) return cudaSuccess;
  Device device;
  if (int32_t e = current_device(&device)) return e;
  int blocks = heuristics::elementwise_blocks(count, device.multiprocessors);
  return launch("add_scores", add_scores, blocks, 256, 0, stream, part, count, n, sums + first, ld);
}
