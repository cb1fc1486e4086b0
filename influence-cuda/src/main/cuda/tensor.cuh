/*
 * SPDX-License-Identifier: Apache-2.0
 */
// What kernels on tensor cores share: the ways of rounding, and the product of one tile, whose epilogues are the
// kernels' own.
//
// Layout: 8 warps in 4 x 2 compute 128 rows and kColumns columns, 32 x kColumns / 2 each by products of 16 x 8. Inputs
// are float. A stage holds 32 bytes of each row and column of the tile, 16 values of k or of TF32 8, column after column:
// a thread has those of its own in registers while the stage before is multiplied, rounds each once and stores it. Two
// stages, one barrier each. 16-byte chunks are read and written by eights whose pitch is an odd number of chunks: no
// bank conflicts, for which emulator and interpreter look.
//
// Per stage of 128 x 128 and clock of an H100: 64 (TF32 32) products a warp are 206 clocks of mma.sync; 6 ldmatrix.x4 a
// warp are 192 wavefronts of shared memory, the stores 64; 16 KB (8 KB) of float from L2 at 24 bytes a clock are 683
// (341): the bound, three times what float multiply-adds reach at best.
//
// Order: k in groups of kDepth from the first, whose inner order is the hardware's. So a sum depends on its own operands
// alone.
#ifndef INFLUENCE_TENSOR_CUH
#define INFLUENCE_TENSOR_CUH

#include "mma.cuh"
#include "tile.cuh"

namespace infl {

struct Tf32Path {
  using Stored = unsigned;
  static constexpr Operands kOperands = Operands::kTf32;
  static constexpr int kType = -1;  // no rows are stored so
};
struct Bf16Path {
  using Stored = __nv_bfloat16;
  static constexpr Operands kOperands = Operands::kBf16;
  static constexpr int kType = INFL_BF16;
};
struct F16Path {
  using Stored = __half;
  static constexpr Operands kOperands = Operands::kF16;
  static constexpr int kType = INFL_F16;
};

constexpr int kChunk = 16;  // bytes

__device__ __forceinline__ float widen(__half x) { return __half2float(x); }
__device__ __forceinline__ float widen(__nv_bfloat16 x) { return __bfloat162float(x); }

// What the tensor cores make of x.
template <class Path>
__device__ __forceinline__ float round_to(float x) {
  if constexpr (std::is_same_v<Path, Tf32Path>) {
    return __uint_as_float(tf32(x) & 0xffffe000u);
  } else {
    return widen(convert<typename Path::Stored>(x));
  }
}

// The chunk of a stage that these elements become.
template <class Path>
__device__ __forceinline__ uint4 rounded_chunk(const float* x) {
  if constexpr (std::is_same_v<Path, Tf32Path>) {
    return {tf32(x[0]), tf32(x[1]), tf32(x[2]), tf32(x[3])};
  } else {
    auto pair = [x](int n) {
      unsigned low = bits_of(convert<typename Path::Stored>(x[n]));
      return low | static_cast<unsigned>(bits_of(convert<typename Path::Stored>(x[n + 1]))) << 16;
    };
    return {pair(0), pair(2), pair(4), pair(6)};
  }
}

// Turing's tensor cores know neither TF32 nor bfloat16; launchers refuse.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
constexpr bool kTensorProducts = false;
#else
constexpr bool kTensorProducts = true;
#endif

// A row of the left operand or a column of the right: element k is base[k * stride]; zeros if it is outside.
struct TensorLine {
  const float* base;
  int64_t stride;
  bool inside;
};

template <class Path, int kColumnsOfTile>
struct TensorTile {
  using Stored = typename Path::Stored;
  static constexpr int kRows = 128, kColumns = kColumnsOfTile;
  static constexpr int kPerChunk = kChunk / static_cast<int>(sizeof(Stored));
  static constexpr int kDepth = 2 * kPerChunk;
  static constexpr int kLines = kRows + kColumns;
  static_assert(kLines <= kTileThreads, "a line a thread");
  struct Stage {
    alignas(kChunk) Stored line[kLines][kDepth + kPerChunk];  // the rows, then the columns
  };
  static constexpr int kAcross = kColumns / 2 / 8;
  static constexpr int kOwn = 2 * kAcross;
  using Sums = float[kOwn][4];
  using Held = float[kDepth];

  // f(row, column, i, j) for each of this thread's sums[i][j], places within the tile; at_row(row) comes before those of a
  // row.
  template <class R, class F>
  static __device__ __forceinline__ void each(R at_row, F f) {
    if constexpr (kTensorProducts) {
      const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
      int row = warp / 2 * 32 + lane / 4, column = warp % 2 * (kColumns / 2) + lane % 4 * 2;
#pragma unroll
      for (int m = 0; m < 2; ++m) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          forget(row);
          forget(column);
          at_row(row + 16 * m + 8 * half);
#pragma unroll
          for (int n = 0; n < kAcross; ++n) {
#pragma unroll
            for (int e = 0; e < 2; ++e) f(row + 16 * m + 8 * half, column + 8 * n + e, m * kAcross + n, 2 * half + e);
          }
        }
      }
    }
  }
  template <class F>
  static __device__ __forceinline__ void each(F f) {
    each([](int) {}, f);
  }

  // Elements k to k + kDepth - 1 of the thread's line, from `end` on zeros.
  static __device__ __forceinline__ void load(Held& to, const TensorLine& line, int k, int end) {
    const float* from = line.base + k * line.stride;
    if (line.inside && line.stride == 1 && k + kDepth <= end && reinterpret_cast<uintptr_t>(from) % kChunk == 0) {
#pragma unroll
      for (int n = 0; n < kDepth; n += 4) {
        float4 v = *reinterpret_cast<const float4*>(from + n);
        to[n] = v.x;
        to[n + 1] = v.y;
        to[n + 2] = v.z;
        to[n + 3] = v.w;
      }
    } else {
#pragma unroll
      for (int n = 0; n < kDepth; ++n, from += line.stride) to[n] = line.inside && k + n < end ? *from : 0.f;
    }
  }

  static __device__ __forceinline__ void put(Stored* to, const float* x) {
    *reinterpret_cast<uint4*>(to) = rounded_chunk<Path>(x);
  }

  static __device__ __forceinline__ void store(Stage& stage, const Held& held) {
    if constexpr (kTensorProducts) {
      if (kLines == kTileThreads || threadIdx.x < kLines) {
#pragma unroll
        for (int n = 0; n < kDepth; n += kPerChunk) {
          put(&stage.line[threadIdx.x][n], held + n);
        }
      }
    }
  }

  static __device__ __forceinline__ void multiply(Sums& sums, const Stage& stage) {
    if constexpr (kTensorProducts) {
      const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
      const int row = warp / 2 * 32, column = kRows + warp % 2 * (kColumns / 2);
      auto fragments = [&](unsigned(&to)[4], int line) {
        load_matrices(to, &stage.line[line + lane % 16][lane / 16 * kPerChunk]);
      };
      unsigned left[2][4];
      fragments(left[0], row);
      fragments(left[1], row + 16);
#pragma unroll
      for (int n = 0; n < kAcross; n += 2) {
        unsigned right[4];
        fragments(right, column + 8 * n);
#pragma unroll
        for (int m = 0; m < 2; ++m) {
          multiply_add<Path::kOperands>(sums[m * kAcross + n], left[m], right[0], right[2]);
          multiply_add<Path::kOperands>(sums[m * kAcross + n + 1], left[m], right[1], right[3]);
        }
      }
    }
  }

  // sums += the product over k < depth.
  static __device__ __forceinline__ void run(const TensorLine& line, int depth, Stage* stages, Sums& sums) {
    Held held;
    load(held, line, 0, depth);
    int parity = 0;
#pragma unroll 1
    for (int k = 0; k < depth; k += kDepth, parity ^= 1) {
      store(stages[parity], held);
      __syncthreads();  // the stage before this one is read by no thread any more after the next of these
      load(held, line, k + kDepth, depth);
      multiply(sums, stages[parity]);
    }
    __syncthreads();
  }
};

// Calls f(A{}) of the way of computing that `precision` names.
template <class A>
struct Arithmetic {
  using Type = A;
};
template <class F>
int32_t by_arithmetic(int32_t precision, F f) {
  switch (precision) {
    case INFL_F64:
      return f(Arithmetic<double>());
    case INFL_TF32_PRODUCTS:
      return f(Arithmetic<Tf32Path>());
    case INFL_BF16_PRODUCTS:
      return f(Arithmetic<Bf16Path>());
    default:
      return f(Arithmetic<float>());
  }
}

// Of the elements in memory.
template <class A>
using ElementOf = std::conditional_t<std::is_same_v<A, double>, double, float>;

inline bool on_tensor_cores(int32_t precision) {
  return precision == INFL_TF32_PRODUCTS || precision == INFL_BF16_PRODUCTS;
}
inline bool is_product_type(int32_t precision) { return is_compute_type(precision) || on_tensor_cores(precision); }

// A cudaError_t if the device cannot compute so.
inline int32_t device_for(int32_t precision, Device* device) {
  if (int32_t e = current_device(device)) return e;
  return on_tensor_cores(precision) && device->capability < 80 ? cudaErrorNotSupported : cudaSuccess;
}

}  // namespace infl

#endif
