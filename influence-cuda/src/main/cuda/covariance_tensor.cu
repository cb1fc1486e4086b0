/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Covariance accumulation on tensor cores: inputs rounded to TF32, bfloat16 or binary16, products and partial sums of
// at most 4096 rows in float, master in double. Layout, segments and the homogeneous column are those of covariance.cu;
// a segment's chain goes by groups of 16 rows (TF32: 8), whose inner order is the hardware's. So results do not depend
// on cuts at multiples of 16 rows; other cuts change roundings.
//
// Layout: 8 warps in 4 x 2 compute a tile of 256 rows and 128 columns, 64 x 64 each as 4 x 8 products of 16 x 8, in 128
// registers a thread. A stage holds 32 bytes of each column, 16 rows or of TF32 8:
//   copied: rows of the stage's type, by cp.async, three stages; a row after the other, fragments by ldmatrix.trans.
//   converted: any others, and TF32, which has to be rounded. A thread has its elements in registers while the stage
//     before is multiplied, rounds each once and stores it; two stages, a column after the other, fragments by ldmatrix.
// Either way 16-byte chunks are read and written by eights whose pitch is an odd number of chunks: no bank conflicts,
// for which emulator and interpreter look. On the diagonal the columns of the tile are among its rows.
//
// Per row and element of the triangle: 2 flops on tensor cores. Per stage, block and clock of an H100, whose mma.sync
// does some 62 % of what wgmma would: 32 products a warp are 413 clocks; 8 ldmatrix.x4 a warp are 256 wavefronts of
// shared memory, the stores 96; 12 KB from L2 at 24 bytes a clock are 512. A tile of 128 x 128 would read 16 KB.
//   1 naive: a thread an element, inputs rounded alike, float chain.
//   2 this.
// sm_80 and newer; binary16 from sm_75, where all rows are converted.
#include "covariance.cuh"
#include "tensor.cuh"

namespace infl {

constexpr int kTensorThreads = 256, kWarpTile = 64;
constexpr int kTileRows = 256, kTileColumns = 128;

// A stage of both operands. Copied: [row][column]. Converted: [column][row].
template <class Path, bool kConvert>
struct TensorStage {
  using Stored = typename Path::Stored;
  static constexpr int kStages = kConvert ? 2 : 3;
  static constexpr int kPerChunk = kChunk / static_cast<int>(sizeof(Stored));
  static constexpr int kRows = 2 * kPerChunk;
  static_assert(INFL_CUDA_GROUP_ROWS % kRows == 0);
  template <int kColumns>
  struct Operand {
    static constexpr int kPitch = (kConvert ? kRows : kColumns) + kPerChunk;
    alignas(kChunk) Stored line[kConvert ? kColumns : kRows][kPitch];
  };
  Operand<kTileRows> a;
  Operand<kTileColumns> b;  // not on the diagonal

  // The fragments of 16 columns from `column` on: those of a, and of b [0] and [2] for the first 8 columns, [1] and [3]
  // for the others.
  template <int kColumns>
  static __device__ __forceinline__ void load(unsigned (&to)[4], const Operand<kColumns>& from, int column) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    if constexpr (kConvert) {
      load_matrices(to, &from.line[column + lane % 16][lane / 16 * kPerChunk]);
    } else {
      load_transposed(to, &from.line[lane % 8 + lane / 16 * 8][column + lane / 8 % 2 * 8]);
    }
  }
};

// Copies columns first_c to first_c + kColumns - 1; rows from `end` on and columns the rows do not have become 0.
template <class Path, int kColumns>
static __device__ __forceinline__ void start_copies(
    typename TensorStage<Path, false>::template Operand<kColumns>& to, const infl_rows& rows, int first_k, int end,
    int first_c) {
  using Stage = TensorStage<Path, false>;
  using Stored = typename Path::Stored;
  constexpr int kPerRow = kColumns / Stage::kPerChunk;
  const Stored* base = static_cast<const Stored*>(rows.data) + rows.offset;
  const int c = static_cast<int>(threadIdx.x) % kPerRow * Stage::kPerChunk;
#pragma unroll
  for (int n = 0; n < Stage::kRows; n += kTensorThreads / kPerRow) {
    const int r = n + static_cast<int>(threadIdx.x) / kPerRow, k = first_k + r;
    const int inside = k < end ? min(max(rows.columns - first_c - c, 0), Stage::kPerChunk) : 0;
    const Stored* from = base;
    if (inside) from += int64_t{rows.index ? rows.index[k] : k} * rows.stride + first_c + c;
    copy_async(&to.line[r][c], from, inside * static_cast<int>(sizeof(Stored)));
  }
}

// A thread's elements of a stage: a column of a, and of b half a column.
template <class Path>
class HeldElements {
 public:
  using Stage = TensorStage<Path, true>;

  __device__ __forceinline__ void load(const infl_rows& rows, int first_k, int end, int i0, int j0) {
    switch (rows.type) {
      case INFL_F64:
        return load_both<double>(rows, first_k, end, i0, j0);
      case INFL_F16:
        return load_both<__half>(rows, first_k, end, i0, j0);
      case INFL_BF16:
        return load_both<__nv_bfloat16>(rows, first_k, end, i0, j0);
      default:
        return load_both<float>(rows, first_k, end, i0, j0);
    }
  }

  __device__ __forceinline__ void store(Stage& stage, bool diagonal) const {
#pragma unroll
    for (int n = 0; n < Stage::kRows; n += Stage::kPerChunk) put(&stage.a.line[threadIdx.x][n], a_ + n);
    if (!diagonal) put(&stage.b.line[column_of_b()][first_row_of_b()], b_);
  }

  __device__ __forceinline__ float sum_of_column(float sum) const {
#pragma unroll
    for (int n = 0; n < Stage::kRows; ++n) sum += round_to<Path>(a_[n]);
    return sum;
  }

 private:
  static __device__ __forceinline__ float to_float(float x) { return x; }
  static __device__ __forceinline__ float to_float(double x) { return static_cast<float>(x); }
  static __device__ __forceinline__ float to_float(__half x) { return widen(x); }
  static __device__ __forceinline__ float to_float(__nv_bfloat16 x) { return widen(x); }

  static __device__ __forceinline__ int column_of_b() { return static_cast<int>(threadIdx.x) % kTileColumns; }
  static __device__ __forceinline__ int first_row_of_b() {
    return static_cast<int>(threadIdx.x) / kTileColumns * Stage::kPerChunk;
  }

  template <class T>
  __device__ __forceinline__ void load_both(const infl_rows& rows, int first_k, int end, int i0, int j0) {
    load_column<T, Stage::kRows>(a_, rows, first_k, end, i0 + static_cast<int>(threadIdx.x));
    // On the diagonal no row.
    load_column<T, Stage::kPerChunk>(
        b_, rows, first_k + first_row_of_b(), j0 < i0 ? end : first_k, j0 + column_of_b());
  }

  template <class T, int kCount>
  static __device__ __forceinline__ void load_column(float* to, const infl_rows& rows, int first_k, int end, int c) {
    const T* base = static_cast<const T*>(rows.data) + rows.offset;
#pragma unroll
    for (int n = 0; n < kCount; ++n) {
      const int k = first_k + n;
      to[n] = 0;
      if (k < end && c < rows.columns) {
        to[n] = to_float(base[int64_t{rows.index ? rows.index[k] : k} * rows.stride + c]);
      }
    }
  }

  static __device__ __forceinline__ void put(typename Path::Stored* to, const float* x) {
    *reinterpret_cast<uint4*>(to) = rounded_chunk<Path>(x);
  }

  float a_[Stage::kRows], b_[Stage::kPerChunk];
};

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
    if ((job.rows_before + t + 1) % job.segment_rows == 0) {
      job.master[i] += static_cast<double>(sum);
      sum = 0;
    }
  }
  partial[i] = sum;
}

// One tile, in one block.
template <class Path, bool kConvert>
class CovarianceTile {
 public:
  using Stage = TensorStage<Path, kConvert>;

  __device__ __forceinline__ CovarianceTile(const CovarianceJob& job, int tile, Stage* stages) : job_(job), stages_(stages) {
    int row, pair;
    triangle_tile(tile / 2, &row, &pair);
    i0_ = row * kTileRows;
    j0_ = (2 * pair + tile % 2) * kTileColumns;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    wi_ = warp / 2 * kWarpTile;
    wj_ = warp % 2 * kWarpTile;
    // Above the diagonal, and below the last row, there is nothing to add up.
    works_ = j0_ + wj_ <= i0_ + wi_ && i0_ + wi_ < job.rows.columns;
    sums_columns_ = job.rows.homogeneous && i0_ == j0_ && i0_ + static_cast<int>(threadIdx.x) < job.rows.columns;
  }

  __device__ __forceinline__ void run(int first_segment, int end_segment) {
#pragma unroll 1
    for (int segment = first_segment; segment < end_segment; ++segment) {
      const Segment part = segment_rows(job_, segment);
      start(part);
      if constexpr (kConvert) {
        add_converted(part.first, part.end);
      } else {
        add_copied(part.first, part.end);
      }
      finish(part, segment, segment + 1 == end_segment);
    }
  }

 private:
  __device__ __forceinline__ bool diagonal() const { return j0_ >= i0_; }
  // In the row of column sums.
  __device__ __forceinline__ int64_t column_place() const {
    return int64_t{job_.rows.columns} * job_.dimension + i0_ + static_cast<int>(threadIdx.x);
  }

  // Calls f(place in the accumulator, sum) for each of this thread's elements.
  template <class F>
  __device__ __forceinline__ void each(F f) {
    const int lane = static_cast<int>(threadIdx.x) % 32, d = job_.dimension, columns = job_.rows.columns;
    int row = i0_ + wi_ + lane / 4, column = j0_ + wj_ + lane % 4 * 2;
#pragma unroll
    for (int m = 0; m < 4; ++m) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        forget(row);
        int r = row + 16 * m + 8 * half;
        int64_t first = int64_t{r} * d;
#pragma unroll
        for (int n = 0; n < 8; ++n) {
#pragma unroll
          for (int e = 0; e < 2; ++e) {
            int c = column + 8 * n + e;
            if (r < columns && c <= r) f(first + c, sum_[m][n][2 * half + e]);
          }
        }
      }
    }
    if (sums_columns_) f(column_place(), column_sum_);
  }

  __device__ __forceinline__ void start(const Segment& part) {
#pragma unroll
    for (int m = 0; m < 4; ++m) {
#pragma unroll
      for (int n = 0; n < 8; ++n) {
#pragma unroll
        for (int e = 0; e < 4; ++e) sum_[m][n][e] = 0;
      }
    }
    column_sum_ = 0;
    if (part.continues) {
      const float* partial = static_cast<const float*>(job_.partial);
      each([partial](int64_t e, float& v) { v = partial[e]; });
    }
  }

  __device__ __forceinline__ void finish(const Segment& part, int segment, bool last) {
    if (part.completes && !job_.split) {
      double* master = job_.master;
      float* partial = static_cast<float*>(job_.partial);
      each([=](int64_t e, float v) {
        master[e] += static_cast<double>(v);
        if (last) partial[e] = 0;
      });
    } else {
      float* to = static_cast<float*>(job_.split ? job_.workspace : job_.partial);
      if (job_.split) to += int64_t{segment} * job_.dimension * job_.dimension;
      each([to](int64_t e, float v) { to[e] = v; });
    }
  }

  // The stage n after the current one.
  __device__ __forceinline__ int after(int n) const {
    return stage_ + n < Stage::kStages ? stage_ + n : stage_ + n - Stage::kStages;
  }

  __device__ __forceinline__ void add_stage(const Stage& stage) {
    unsigned right[4][4];
#pragma unroll
    for (int n = 0; n < 4; ++n) {
      if (diagonal()) {
        Stage::load(right[n], stage.a, j0_ - i0_ + wj_ + 16 * n);
      } else {
        Stage::load(right[n], stage.b, wj_ + 16 * n);
      }
    }
#pragma unroll
    for (int m = 0; m < 4; ++m) {
      unsigned left[4];
      Stage::load(left, stage.a, wi_ + 16 * m);
#pragma unroll
      for (int n = 0; n < 4; ++n) {
        multiply_add<Path::kOperands>(sum_[m][2 * n], left, right[n][0], right[n][2]);
        multiply_add<Path::kOperands>(sum_[m][2 * n + 1], left, right[n][1], right[n][3]);
      }
    }
  }

  // While a stage is multiplied, the next two are on their way.
  __device__ __forceinline__ void add_copied(int first, int end) {
    constexpr int kAhead = Stage::kStages - 1;
    auto start = [&](int k, int number) {
      Stage& stage = stages_[number];
      if (k < end) {
        start_copies<Path>(stage.a, job_.rows, k, end, i0_);
        if (!diagonal()) start_copies<Path>(stage.b, job_.rows, k, end, j0_);
      }
      commit_copies();
    };
#pragma unroll 1
    for (int n = 0; n < kAhead; ++n) start(first + n * Stage::kRows, after(n));
#pragma unroll 1
    for (int k = first; k < end; k += Stage::kRows, stage_ = after(1)) {
      wait_for_copies<kAhead - 1>();
      __syncthreads();
      start(k + kAhead * Stage::kRows, after(kAhead));  // where all have read by now
      const Stage& stage = stages_[stage_];
      if (works_) add_stage(stage);
      if (sums_columns_) {
#pragma unroll 4
        for (int n = 0; n < Stage::kRows; ++n) column_sum_ += widen(stage.a.line[n][threadIdx.x]);
      }
    }
    wait_for_copies<0>();
  }

  // While a stage is multiplied, the next is on its way to registers.
  __device__ __forceinline__ void add_converted(int first, int end) {
    HeldElements<Path> held;
    held.load(job_.rows, first, end, i0_, j0_);
#pragma unroll 1
    for (int k = first; k < end; k += Stage::kRows, stage_ = after(1)) {
      Stage& stage = stages_[stage_];
      held.store(stage, diagonal());
      if (sums_columns_) column_sum_ = held.sum_of_column(column_sum_);
      __syncthreads();
      if (k + Stage::kRows < end) held.load(job_.rows, k + Stage::kRows, end, i0_, j0_);
      if (works_) add_stage(stage);
    }
  }

  const CovarianceJob& job_;
  Stage* stages_;
  int i0_, j0_, wi_, wj_;
  bool works_, sums_columns_;
  int stage_ = 0;  // goes on from segment to segment, so that one barrier a stage is enough between them too
  float sum_[4][8][4];
  float column_sum_;
};

template <class Path, bool kConvert>
static __global__ void __launch_bounds__(kTensorThreads, 1)
    covariance_tensor(const __grid_constant__ CovarianceLaunch batch) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  constexpr bool kSupported = kConvert && std::is_same_v<Path, F16Path>;
#else
  constexpr bool kSupported = true;
#endif
  if constexpr (kSupported) {
    using Stage = TensorStage<Path, kConvert>;
    __shared__ Stage stages[Stage::kStages];
    int n = find_job(batch, static_cast<int>(blockIdx.x));
    const CovarianceJob& job = batch.jobs[n];
    int local = static_cast<int>(blockIdx.x) - batch.first_block[n];
    const bool split = job.split;
    const int segment = split ? local % job.segments : 0;
    CovarianceTile<Path, kConvert> tile(job, split ? local / job.segments : local, stages);
    tile.run(segment, split ? segment + 1 : job.segments);
  }
}

// ---- launchers

int64_t tensor_tiles(int64_t columns) {
  const int64_t rows = divide_up(columns, kTileRows);
  // Two for a square of the triangle; the last may have no column.
  return rows * (rows + 1) - (columns > 0 && (columns - 1) % kTileRows < kTileColumns);
}

bool copies_to_tensor_cores(const infl_rows& rows, int32_t path, int capability) {
  const int32_t type = path == INFL_COVARIANCE_BF16 ? Bf16Path::kType
      : path == INFL_COVARIANCE_F16                 ? F16Path::kType
                                                    : Tf32Path::kType;
  return capability >= 80 && rows.type == type &&
      (reinterpret_cast<uintptr_t>(rows.data) + static_cast<uintptr_t>(rows.offset) * 2) % kChunk == 0 &&
      rows.stride * 2 % kChunk == 0;
}

int32_t launch_tensor_tiles(const CovarianceLaunch& batch, int32_t path, bool convert, void* stream) {
  auto kernel = path == INFL_COVARIANCE_TF32 ? covariance_tensor<Tf32Path, true>
      : path == INFL_COVARIANCE_BF16
      ? (convert ? covariance_tensor<Bf16Path, true> : covariance_tensor<Bf16Path, false>)
      : convert ? covariance_tensor<F16Path, true> : covariance_tensor<F16Path, false>;
  return launch("covariance_tensor", kernel, batch.first_block[batch.count], kTensorThreads, 0, stream, batch);
}

}  // namespace infl
