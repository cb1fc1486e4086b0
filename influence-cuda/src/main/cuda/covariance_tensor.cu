/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Covariance accumulation on tensor cores: inputs rounded to TF32, bfloat16 or binary16, products and partial sums of
// at most 1024 rows in float, master in double. Layout, segments and the homogeneous column are those of covariance.cu;
// a segment's chain goes by groups of 16 rows (TF32: 8), whose inner order is the hardware's. So results do not depend
// on cuts at multiples of 16 rows; other cuts change roundings.
//
// Layout: 8 warps in 2 x 4 compute a 128 x 128 tile, each 64 x 32 of it as 4 x 2 fragments of 16 x 16. A stage holds 32
// rows (TF32: 16), k-major, padded by 16 bytes: fragment loads touch all banks once.
// Per row and element of the triangle: 2 flops on tensor cores. Traffic per row and block: 2 x 128 elements of the
// input type; shared memory per fragment product: 6 fragment reads for 8 products.
//   1 naive: a thread an element, inputs rounded alike, float chain.
//   2 wmma: this. cp.async of 16 bytes where rows have the stage's type and alignment, conversion through registers
//   else.
// sm_80 and newer; binary16 from sm_75.
#include <mma.h>

#include "covariance.cuh"

namespace infl {

namespace wmma = nvcuda::wmma;

struct Tf32Path {
  using Stored = float;
  static constexpr int kType = INFL_F32, kDepth = 16, kStep = 8;
};
struct Bf16Path {
  using Stored = __nv_bfloat16;
  static constexpr int kType = INFL_BF16, kDepth = 32, kStep = 16;
};
struct F16Path {
  using Stored = __half;
  static constexpr int kType = INFL_F16, kDepth = 32, kStep = 16;
};
static_assert(INFL_CUDA_GROUP_ROWS % Tf32Path::kStep == 0 && INFL_CUDA_GROUP_ROWS % Bf16Path::kStep == 0 &&
              INFL_CUDA_GROUP_ROWS % F16Path::kStep == 0);

// What a fragment is made of; apart from the paths as sm_75 does not know all of them.
template <class Path>
struct FragmentType {
  using type = typename Path::Stored;
};
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
template <>
struct FragmentType<Tf32Path> {
  using type = wmma::precision::tf32;
};
#endif

constexpr int kTensorTile = 128;

template <class Path>
struct TensorStage {
  static constexpr int kPitch = kTensorTile + 16 / static_cast<int>(sizeof(typename Path::Stored));
  alignas(32) typename Path::Stored a[Path::kDepth][kPitch];
  alignas(32) typename Path::Stored b[Path::kDepth][kPitch];
};

// Where fragments pass on their way to and from memory: their layout in registers is not ours to know.
constexpr int kPatchPitch = 20;
struct Patch {
  alignas(32) float value[16][kPatchPitch];
};

template <class Path>
union TensorShared {
  TensorStage<Path> stages[2];
  Patch patches[8];
};

__device__ __forceinline__ float widen(float x) { return x; }
__device__ __forceinline__ float widen(__half x) { return __half2float(x); }
__device__ __forceinline__ float widen(__nv_bfloat16 x) { return __bfloat162float(x); }

template <class Path>
__device__ __forceinline__ float round_to(float x) {
  if constexpr (std::is_same_v<Path, Tf32Path>) {
    unsigned bits = __float_as_uint(x);
    // Without this the addition carries NaN's bits into the sign, or the mask leaves infinity of them.
    if ((bits & 0x7fffffffu) > 0x7f800000u) return __uint_as_float(bits | 0x00400000u);
    return __uint_as_float((bits + 0x1000u) & 0xffffe000u);
  } else {
    return widen(convert<typename Path::Stored>(x));
  }
}

// ---- kernels

template <class Path>
static __global__ void covariance_tensor_naive(const CovarianceJob job) {
  int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  int d = job.dimension;
  if (i >= int64_t{d} * d) return;
  int r = static_cast<int>(i / d), c = static_cast<int>(i % d);
  if (c > r) return;
  const infl_rows& rows = job.rows;
  float* partial = static_cast<float*>(job.partial);
  float sum = partial[i];
  for (int t = 0; t < rows.rows; ++t) {
    int64_t base = rows.offset + int64_t{rows.index ? rows.index[t] : t} * rows.stride;
    float x = r < rows.columns ? round_to<Path>(load_as<float>(rows.data, base + r, rows.type)) : 1.f;
    float y = c < rows.columns ? round_to<Path>(load_as<float>(rows.data, base + c, rows.type)) : 1.f;
    sum = fmaf(x, y, sum);
    if ((job.rows_before + t + 1) % heuristics::kSegmentRows == 0) {
      job.master[i] += static_cast<double>(sum);
      sum = 0;
    }
  }
  partial[i] = sum;
}

template <class Path>
static __device__ __forceinline__ void fill_operand(typename Path::Stored (*to)[TensorStage<Path>::kPitch],
    const infl_rows& rows, bool raw, bool quads, int first_k, int end, int first_c) {
  using Stored = typename Path::Stored;
  if (raw) {
    constexpr int kVector = 16 / static_cast<int>(sizeof(Stored)), kPerRow = kTensorTile / kVector;
    const Stored* base = static_cast<const Stored*>(rows.data) + rows.offset;
#pragma unroll
    for (int e = static_cast<int>(threadIdx.x); e < Path::kDepth * kPerRow; e += kTileThreads) {
      int k = first_k + e / kPerRow, c = e % kPerRow * kVector;
      int inside = k < end ? min(max(rows.columns - first_c - c, 0), kVector) : 0;
      const Stored* from = inside ? base + int64_t{rows.index ? rows.index[k] : k} * rows.stride + first_c + c : base;
      __pipeline_memcpy_async(&to[e / kPerRow][c], from, 16, 16 - static_cast<size_t>(inside) * sizeof(Stored));
    }
  } else {
#pragma unroll 1
    for (int e = static_cast<int>(threadIdx.x); e < Path::kDepth * kTensorTile / 4; e += kTileThreads) {
      int k = first_k + e / (kTensorTile / 4), c = first_c + e % (kTensorTile / 4) * 4;
      Stored v[4];
      int64_t i = 0;
      if (k < end) i = rows.offset + int64_t{rows.index ? rows.index[k] : k} * rows.stride + c;
      load_quad(v, rows.data, i, rows.type, quads, k < end ? rows.columns - c : 0);
#pragma unroll
      for (int j = 0; j < 4; ++j) to[e / (kTensorTile / 4)][c - first_c + j] = v[j];
    }
  }
}

template <class Path>
struct TensorTile {
  using Stored = typename Path::Stored;
  using Element = typename FragmentType<Path>::type;
  using Sum = wmma::fragment<wmma::accumulator, 16, 16, Path::kStep, float>;
  using Left = wmma::fragment<wmma::matrix_a, 16, 16, Path::kStep, Element, wmma::col_major>;
  using Right = wmma::fragment<wmma::matrix_b, 16, 16, Path::kStep, Element, wmma::row_major>;

  template <class F>
  static __device__ __forceinline__ void round_fragment(F& f) {
    if constexpr (std::is_same_v<Path, Tf32Path>) {
#pragma unroll
      for (int n = 0; n < f.num_elements; ++n) f.x[n] = round_to<Path>(f.x[n]);
    }
  }

  static __device__ __forceinline__ void add_stage(
      Sum (&sum)[4][2], const Stored (*a)[TensorStage<Path>::kPitch], const Stored (*b)[TensorStage<Path>::kPitch],
      int i, int j) {
#pragma unroll
    for (int k = 0; k < Path::kDepth; k += Path::kStep) {
      Right right[2];
#pragma unroll
      for (int n = 0; n < 2; ++n) {
        wmma::load_matrix_sync(right[n], &b[k][j + 16 * n], TensorStage<Path>::kPitch);
        round_fragment(right[n]);
      }
#pragma unroll
      for (int m = 0; m < 4; ++m) {
        Left left;
        wmma::load_matrix_sync(left, &a[k][i + 16 * m], TensorStage<Path>::kPitch);
        round_fragment(left);
#pragma unroll
        for (int n = 0; n < 2; ++n) wmma::mma_sync(sum[m][n], left, right[n], sum[m][n]);
      }
    }
  }

  // Passes one fragment through the warp's patch; f(row, column, value) for this lane's 8 elements.
  template <class F>
  static __device__ __forceinline__ void visit(Sum& sum, Patch& patch, bool read_back, F f) {
    int lane = static_cast<int>(threadIdx.x) % 32;
    forget(lane);
    if (!read_back) wmma::store_matrix_sync(&patch.value[0][0], sum, kPatchPitch, wmma::mem_row_major);
    __syncwarp();
#pragma unroll 1
    for (int n = 0; n < 8; ++n) f(n * 2 + lane / 16, lane % 16, patch.value[n * 2 + lane / 16][lane % 16]);
    __syncwarp();
    if (read_back) wmma::load_matrix_sync(sum, &patch.value[0][0], kPatchPitch, wmma::mem_row_major);
    __syncwarp();
  }

  static __device__ __forceinline__ void run(
      const CovarianceJob& job, int tile, int first_segment, int end_segment, TensorShared<Path>& shared) {
    int tile_row, tile_column;
    triangle_tile(tile, &tile_row, &tile_column);
    const int i0 = tile_row * kTensorTile, j0 = tile_column * kTensorTile;
    const int warp = static_cast<int>(threadIdx.x) / 32, wi = warp / 4 * 64, wj = warp % 4 * 32;
    const infl_rows& rows = job.rows;
    const int columns = rows.columns, d = job.dimension;
    const bool diagonal = i0 == j0;
    const bool sums_columns = rows.homogeneous && diagonal &&
        static_cast<int>(threadIdx.x) < min(kTensorTile, columns - i0);
    const int64_t column_place = int64_t{columns} * d + i0 + static_cast<int>(threadIdx.x);
    const bool quads = quads_aligned(rows);
    const bool raw = rows.type == Path::kType &&
        (reinterpret_cast<uintptr_t>(rows.data) + static_cast<uintptr_t>(rows.offset) * sizeof(Stored)) % 16 == 0 &&
        rows.stride * static_cast<int64_t>(sizeof(Stored)) % 16 == 0;
    float* partial = static_cast<float*>(job.partial);
#pragma unroll 1
    for (int segment = first_segment; segment < end_segment; ++segment) {
      Segment part = segment_rows(job, segment);
      Sum sum[4][2];
      float column_sum = part.continues && sums_columns ? partial[column_place] : 0.f;
#pragma unroll
      for (int m = 0; m < 4; ++m) {
#pragma unroll
        for (int n = 0; n < 2; ++n) {
          wmma::fill_fragment(sum[m][n], 0.f);
          if (part.continues) {
            visit(sum[m][n], shared.patches[warp], true, [&](int r, int c, float& v) {
              int row = i0 + wi + 16 * m + r, column = j0 + wj + 16 * n + c;
              v = row < columns && column <= row ? partial[int64_t{row} * d + column] : 0.f;
            });
          }
        }
      }
      __syncthreads();
      auto start = [&](int k, TensorStage<Path>& to) {
        fill_operand<Path>(to.a, rows, raw, quads, k, part.end, i0);
        if (!diagonal) fill_operand<Path>(to.b, rows, raw, quads, k, part.end, j0);
        __pipeline_commit();
      };
      start(part.first, shared.stages[0]);
      int s = 0;
#pragma unroll 1
      for (int k = part.first; k < part.end; k += Path::kDepth, s ^= 1) {
        bool more = k + Path::kDepth < part.end;
        if (more) {
          start(k + Path::kDepth, shared.stages[s ^ 1]);
          __pipeline_wait_prior(1);
        } else {
          __pipeline_wait_prior(0);
        }
        __syncthreads();
        TensorStage<Path>& stage = shared.stages[s];
        add_stage(sum, stage.a, diagonal ? stage.a : stage.b, wi, wj);
        if (sums_columns) {
#pragma unroll 4
          for (int n = 0; n < Path::kDepth; ++n) column_sum += round_to<Path>(widen(stage.a[n][threadIdx.x]));
        }
        __syncthreads();
      }
      bool last = segment + 1 == end_segment;
      auto put = [&](int64_t e, float v) {
        if (job.split) {
          static_cast<float*>(job.workspace)[int64_t{segment} * d * d + e] = v;
        } else if (part.completes) {
          job.master[e] += static_cast<double>(v);
          if (last) partial[e] = 0;
        } else {
          partial[e] = v;
        }
      };
#pragma unroll
      for (int m = 0; m < 4; ++m) {
#pragma unroll
        for (int n = 0; n < 2; ++n) {
          visit(sum[m][n], shared.patches[warp], false, [&](int r, int c, float& v) {
            int row = i0 + wi + 16 * m + r, column = j0 + wj + 16 * n + c;
            if (row < columns && column <= row) put(int64_t{row} * d + column, v);
          });
        }
      }
      if (sums_columns) put(column_place, column_sum);
      __syncthreads();
    }
  }
};

template <class Path>
static __global__ void __launch_bounds__(kTileThreads, 1)
    covariance_tensor(const __grid_constant__ CovarianceLaunch batch) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  constexpr bool kSupported = std::is_same_v<Path, F16Path>;
#else
  constexpr bool kSupported = true;
#endif
  if constexpr (kSupported) {
    __shared__ TensorShared<Path> shared;
    int n = find_job(batch, static_cast<int>(blockIdx.x));
    const CovarianceJob& job = batch.jobs[n];
    int local = static_cast<int>(blockIdx.x) - batch.first_block[n];
    if (job.split) {
      TensorTile<Path>::run(job, local / job.segments, local % job.segments, local % job.segments + 1, shared);
    } else {
      TensorTile<Path>::run(job, local, 0, job.segments, shared);
    }
  }
}

// ---- launchers

int32_t launch_tensor_tiles(const CovarianceLaunch& batch, int32_t path, void* stream) {
  int blocks = batch.first_block[batch.count];
  auto kernel = path == INFL_COVARIANCE_TF32 ? covariance_tensor<Tf32Path>
      : path == INFL_COVARIANCE_BF16         ? covariance_tensor<Bf16Path>
                                             : covariance_tensor<F16Path>;
  return launch("covariance_tensor", kernel, blocks, kTileThreads, 0, stream, batch);
}

}  // namespace infl
