/*
 * SPDX-License-Identifier: Apache-2.0
 */
// What every kernel file starts with: one source for nvcc and, with INFL_EMULATOR, for g++ over the SIMT emulator.
#ifndef INFLUENCE_DEVICE_CUH
#define INFLUENCE_DEVICE_CUH

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_pipeline.h>
#include <cuda_runtime.h>

#include <cstdint>
#include <type_traits>

#include "influence_cuda.h"

namespace infl {

constexpr unsigned kFullWarp = 0xffffffffu;

// What the launchers must know of the current device.
struct Device {
  int capability;        // 10 * major + minor
  int multiprocessors;
  int shared_per_block;  // bytes, opt-in included
};

// Returns a cudaError_t; cheap, as the runtime caches attributes.
int32_t current_device(Device* device);

// Shared memory whose size is given at the launch, and the name of the kernel that is launched next: all that the two
// compilers are told differently.
#ifdef INFL_EMULATOR
template <class T>
T* dynamic_shared() {
  return reinterpret_cast<T*>(simt::machine().dynamic_shared);
}
inline void announce(const char* name) { simt::Runtime::upcoming() = name; }
#else
template <class T>
__device__ __forceinline__ T* dynamic_shared() {
  extern __shared__ __align__(16) unsigned char infl_dynamic_shared[];
  return reinterpret_cast<T*>(infl_dynamic_shared);
}
inline void announce(const char*) {}
#endif

// Every launch. A grid has one dimension, whose limit of 2^31 - 1 blocks memory ends before: y and z would end at
// 65,535, which examples and queries of small layers exceed. Kernels that think in two dimensions ask place_of().
constexpr int64_t kMostBlocks = 0x7fffffff;
constexpr int kMostThreads = 1024;
// Dynamic shared memory that a kernel has without asking for it.
constexpr size_t kSharedUnasked = 48 * 1024;

template <class... P, class... A>
int32_t launch(const char* name, void (*kernel)(P...), int64_t blocks, int threads, size_t shared_bytes, void* stream,
    A... arguments) {
  if (blocks < 1 || blocks > kMostBlocks || threads < 1 || threads > kMostThreads) return cudaErrorInvalidConfiguration;
  if (shared_bytes > kSharedUnasked) {
    const int bytes = static_cast<int>(shared_bytes);
    if (int32_t e = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes)) return e;
  }
  cudaLaunchConfig_t config{dim3(static_cast<unsigned>(blocks)), dim3(static_cast<unsigned>(threads)), shared_bytes,
      static_cast<cudaStream_t>(stream), nullptr, 0};
  announce(name);
  return cudaLaunchKernelEx(&config, kernel, arguments...);
}

// The place of a block in a grid of `height` rows of blocks: column x of `width`, row y; neighbours in x run together.
struct Place {
  int x, width, y;
};
__device__ __forceinline__ Place place_of(int height) {
  const int width = static_cast<int>(gridDim.x) / height;
  return {static_cast<int>(blockIdx.x) % width, width, static_cast<int>(blockIdx.x) / width};
}

__host__ __device__ inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

inline bool aligned16(const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; }

inline bool is_compute_type(int32_t precision) { return precision == INFL_F32 || precision == INFL_F64; }

// Makes the compiler forget what it knows of x, so that what is computed from x stays where it is: without this,
// addresses of all elements a thread owns are computed before a loop and spill.
template <class X>
__device__ __forceinline__ void forget(X& x) {
  asm volatile("" : "+r"(x));
}

// ---- numbers

__device__ __forceinline__ float fused_multiply_add(float a, float b, float c) { return fmaf(a, b, c); }
__device__ __forceinline__ double fused_multiply_add(double a, double b, double c) { return fma(a, b, c); }

template <class T>
__device__ __forceinline__ T convert(float x) {
  return static_cast<T>(x);
}
template <>
__device__ __forceinline__ __half convert<__half>(float x) {
  return __float2half_rn(x);
}
template <>
__device__ __forceinline__ __nv_bfloat16 convert<__nv_bfloat16>(float x) {
  return __float2bfloat16_rn(x);
}

__device__ __forceinline__ uint16_t bits_of(__half x) { return __half_as_ushort(x); }
__device__ __forceinline__ uint16_t bits_of(__nv_bfloat16 x) { return __bfloat16_as_ushort(x); }

// Element i of an array of a type known at run time only: the switch is the same for all threads.
template <class T>
__device__ __forceinline__ T load_as(const void* data, int64_t i, int32_t type) {
  switch (type) {
    case INFL_F64: {
      double x = static_cast<const double*>(data)[i];
      if constexpr (std::is_same_v<T, double>) return x;
      else return convert<T>(static_cast<float>(x));
    }
    case INFL_F16:
      return convert<T>(__half2float(static_cast<const __half*>(data)[i]));
    case INFL_BF16:
      return convert<T>(__bfloat162float(static_cast<const __nv_bfloat16*>(data)[i]));
    default:
      return convert<T>(static_cast<const float*>(data)[i]);
  }
}

// Four consecutive elements, of which `count` exist and the others become 0; by one load (doubles two) if all exist and
// the address is a multiple of their size.
template <class T>
__device__ __forceinline__ void load_quad(T* to, const void* data, int64_t i, int32_t type, bool vectors, int count) {
  if (!vectors || count < 4) {
#pragma unroll
    for (int n = 0; n < 4; ++n) to[n] = n < count ? load_as<T>(data, i + n, type) : convert<T>(0.f);
    return;
  }
  switch (type) {
    case INFL_F64: {
      const double2* p = reinterpret_cast<const double2*>(static_cast<const double*>(data) + i);
      double2 v = p[0], w = p[1];
      if constexpr (std::is_same_v<T, double>) {
        to[0] = v.x;
        to[1] = v.y;
        to[2] = w.x;
        to[3] = w.y;
      } else {
        to[0] = convert<T>(static_cast<float>(v.x));
        to[1] = convert<T>(static_cast<float>(v.y));
        to[2] = convert<T>(static_cast<float>(w.x));
        to[3] = convert<T>(static_cast<float>(w.y));
      }
      break;
    }
    case INFL_F16:
    case INFL_BF16: {
      uint2 v = *reinterpret_cast<const uint2*>(static_cast<const uint16_t*>(data) + i);
      uint16_t bits[4] = {static_cast<uint16_t>(v.x), static_cast<uint16_t>(v.x >> 16), static_cast<uint16_t>(v.y),
          static_cast<uint16_t>(v.y >> 16)};
#pragma unroll
      for (int n = 0; n < 4; ++n) {
        to[n] = type == INFL_BF16 ? convert<T>(__uint_as_float(static_cast<unsigned>(bits[n]) << 16))
                                  : convert<T>(__half2float(__ushort_as_half(bits[n])));
      }
      break;
    }
    default: {
      float4 v = *reinterpret_cast<const float4*>(static_cast<const float*>(data) + i);
      to[0] = convert<T>(v.x);
      to[1] = convert<T>(v.y);
      to[2] = convert<T>(v.z);
      to[3] = convert<T>(v.w);
    }
  }
}

// Whether all quads at columns that are multiples of 4 can be loaded so; offset and stride in elements.
__host__ __device__ inline bool quads_aligned(const void* data, int32_t type, int64_t offset, int64_t stride) {
  int size = type == INFL_F64 ? 8 : type == INFL_F32 ? 4 : 2;
  int alignment = size == 2 ? 8 : 16;
  return (reinterpret_cast<uintptr_t>(data) + static_cast<uintptr_t>(offset * size)) % alignment == 0 &&
      stride * size % alignment == 0;
}
__host__ __device__ inline bool quads_aligned(const infl_rows& rows) {
  return quads_aligned(rows.data, rows.type, rows.offset, rows.stride);
}

// ---- reductions with a fixed order

// Sum over the 32 lanes, the same bits in all of them.
template <class T>
__device__ __forceinline__ T warp_sum(T x) {
#pragma unroll
  for (unsigned bits = 16; bits > 0; bits /= 2) x += __shfl_xor_sync(kFullWarp, x, bits);
  return x;
}

}  // namespace infl

#endif
