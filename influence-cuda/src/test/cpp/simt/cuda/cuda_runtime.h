/*
 * SPDX-License-Identifier: Apache-2.0
 */
// What the kernels use of CUDA's language and runtime, over the emulator.
#ifndef SIMT_CUDA_RUNTIME_H
#define SIMT_CUDA_RUNTIME_H

#include <cmath>

#include "../runtime.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(n) __attribute__((aligned(n)))
#define __restrict__ __restrict
#define __shared__ static __attribute__((section("simt_shared")))

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

#define threadIdx (::simt::machine().current->index)
#define blockIdx (::simt::machine().block)
#define blockDim (::simt::machine().block_size)
#define gridDim (::simt::machine().grid_size)

#define SIMT_TEXT_(x) #x
#define SIMT_TEXT(x) SIMT_TEXT_(x)
#define SIMT_AT(what) what " at " __FILE__ ":" SIMT_TEXT(__LINE__)
#define __syncthreads() ::simt::machine().block_barrier(SIMT_AT("__syncthreads"), 0)
#define __syncthreads_or(p) (::simt::machine().block_barrier(SIMT_AT("__syncthreads_or"), (p)), \
    ::simt::machine().last_or)
#define __syncthreads_and(p) \
  (::simt::machine().block_barrier(SIMT_AT("__syncthreads_and"), (p)), ::simt::machine().last_and)
#define __syncthreads_count(p) \
  (::simt::machine().block_barrier(SIMT_AT("__syncthreads_count"), (p)), ::simt::machine().last_count)
#define SIMT_MASK_(mask, ...) (mask)
#define __syncwarp(...) ::simt::machine().warp_barrier(SIMT_MASK_(__VA_ARGS__ __VA_OPT__(,) 0xffffffffu, 0), \
    SIMT_AT("__syncwarp"))
#define __shfl_sync(mask, value, lane) ::simt::shuffle((mask), (value), static_cast<unsigned>(lane), \
    SIMT_AT("__shfl_sync"))
#define __shfl_xor_sync(mask, value, bits) \
  ::simt::shuffle((mask), (value), ::simt::machine().current->lane ^ (bits), SIMT_AT("__shfl_xor_sync"))
// Lanes without a source keep their value, as in CUDA.
#define __shfl_down_sync(mask, value, delta)                                                                      \
  ::simt::shuffle((mask), (value),                                                                                \
      ::simt::machine().current->lane + (delta) < 32 ? ::simt::machine().current->lane + (delta)                  \
                                                     : ::simt::machine().current->lane,                           \
      SIMT_AT("__shfl_down_sync"))
#define __shfl_up_sync(mask, value, delta)                                                                        \
  ::simt::shuffle((mask), (value),                                                                                \
      ::simt::machine().current->lane >= static_cast<unsigned>(delta) ? ::simt::machine().current->lane - (delta) \
                                                                      : ::simt::machine().current->lane,          \
      SIMT_AT("__shfl_up_sync"))
#define __ballot_sync(mask, p) ::simt::ballot((mask), (p), SIMT_AT("__ballot_sync"))
#define __any_sync(mask, p) (::simt::ballot((mask), (p), SIMT_AT("__any_sync")) != 0)
#define __all_sync(mask, p) (::simt::ballot((mask), !(p), SIMT_AT("__all_sync")) == 0)

// One thread runs at a time, so plain code is atomic.
template <class T>
T atomicAdd(T* p, T value) {
  T old = *p;
  *p = old + value;
  return old;
}
template <class T>
T atomicMin(T* p, T value) {
  T old = *p;
  *p = std::min(old, value);
  return old;
}
template <class T>
T atomicMax(T* p, T value) {
  T old = *p;
  *p = std::max(old, value);
  return old;
}
template <class T>
T __ldg(const T* p) {
  return *p;
}
inline unsigned __popc(unsigned x) { return static_cast<unsigned>(__builtin_popcount(x)); }
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
inline double rsqrt(double x) { return 1 / std::sqrt(x); }
inline float __uint_as_float(unsigned u) {
  float f;
  memcpy(&f, &u, sizeof f);
  return f;
}

inline unsigned __float_as_uint(float f) {
  unsigned u;
  memcpy(&u, &f, sizeof u);
  return u;
}
using std::max;
using std::min;

#endif
