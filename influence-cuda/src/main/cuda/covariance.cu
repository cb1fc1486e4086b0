/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Covariance accumulation, master += Σ x xᵀ, in full float or double precision. Tensor cores: covariance_tensor.cu.
//
// Layout: an accumulator is master [d, d] double and partial [d, d] T, lower triangles. Rows are numbered through all
// calls; every segment_rows rows (a segment) the partial sum is added to the master and starts anew at 0. Within a
// segment an element is one chain of fused multiply-adds in the order of the rows. So the sum depends on the sequence
// of rows alone, not on how it is cut into calls. The homogeneous column is not part of the tiles: its sums (of
// columns, and the count) are taken by the blocks on the diagonal from the tile they hold anyway, one addition per row
// and column.
//
// Per row and element of the triangle: 2 flops. Traffic per row and block of kTile: 2 kTile elements (kTile on the
// diagonal).
//   1 naive: a thread an element, any type.
//   2 tile: tile.cuh; one block a tile of the triangle, which runs through all segments and owns its part of the
//   master.
//   3 split: the same with one block a tile and segment, partial sums to a workspace, added in order by a second
//     kernel. For
//     tall inputs of few columns; the same bits as 2.
//   Both copy by cp.async where rows have the compute type, and convert through registers where not.
// Several layers run in one launch: descriptors are a kernel parameter, blocks find theirs by the number of their first
// block.
#include "covariance.cuh"
#include "heuristics.h"

namespace infl {

// ---- kernels

template <class T>
static __global__ void covariance_naive(const CovarianceJob job) {
  int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  int d = job.dimension;
  if (i >= int64_t{d} * d) return;
  int r = static_cast<int>(i / d), c = static_cast<int>(i % d);
  if (c > r) return;
  const infl_rows& rows = job.rows;
  T* partial = static_cast<T*>(job.partial);
  T sum = partial[i];
  for (int t = 0; t < rows.rows; ++t) {
    int64_t base = rows.offset + int64_t{rows.index ? rows.index[t] : t} * rows.stride;
    T x = r < rows.columns ? load_as<T>(rows.data, base + r, rows.type) : T(1);
    T y = c < rows.columns ? load_as<T>(rows.data, base + c, rows.type) : T(1);
    sum = fused_multiply_add(x, y, sum);
    if ((job.rows_before + t + 1) % job.segment_rows == 0) {
      job.master[i] += static_cast<double>(sum);
      sum = 0;
    }
  }
  partial[i] = sum;
}

// Registers between memory and a stage, for rows of another type than T.
template <class Shape, class T>
struct ConvertingCopy {
  static constexpr int kQuads = Shape::kDepth * Shape::kTile / 4 / kTileThreads;
  static constexpr int kPerRow = Shape::kTile / 4;
  T held[kQuads][4];

  __device__ __forceinline__ void load(const infl_rows& rows, bool quads, int first_k, int end, int first_c) {
#pragma unroll
    for (int n = 0; n < kQuads; ++n) {
      int e = n * kTileThreads + static_cast<int>(threadIdx.x);
      int k = first_k + e / kPerRow, c = first_c + e % kPerRow * 4;
      int64_t i = 0;
      if (k < end) i = rows.offset + int64_t{rows.index ? rows.index[k] : k} * rows.stride + c;
      load_quad(held[n], rows.data, i, rows.type, quads, k < end ? rows.columns - c : 0);
    }
  }
  __device__ __forceinline__ void store(T (*to)[Shape::kPitch]) const {
#pragma unroll
    for (int n = 0; n < kQuads; ++n) {
      int e = n * kTileThreads + static_cast<int>(threadIdx.x);
#pragma unroll
      for (int j = 0; j < 4; ++j) to[e / kPerRow][e % kPerRow * 4 + j] = held[n][j];
    }
  }
};

// Adds rows first to end - 1 to this thread's part of tile (i0, j0) and, on the diagonal, of the column sums.
template <class Shape, class T, bool Convert>
static __device__ __forceinline__ void add_rows(const infl_rows& rows, int first, int end, int i0, int j0,
    typename Shape::Stage* stages, T (&sum)[Shape::kOwn][Shape::kOwn], T& column_sum) {
  bool diagonal = i0 == j0;
  int x = static_cast<int>(threadIdx.x) % 16, y = static_cast<int>(threadIdx.x) / 16;
  const T* base = static_cast<const T*>(rows.data) + rows.offset;
  Operand<T> from{base, rows.stride, rows.columns,
      reinterpret_cast<uintptr_t>(base) % 16 == 0 && rows.stride % Shape::kVector == 0};
  const int32_t* index = rows.index;
  auto row_of = [index](int k) { return int64_t{index ? index[k] : k}; };
  auto start = [&](int k, typename Shape::Stage& to) {
    copy_k_major<Shape>(to.a, from, k, end, i0, row_of);
    if (!diagonal) copy_k_major<Shape>(to.b, from, k, end, j0, row_of);
    __pipeline_commit();
  };
  ConvertingCopy<Shape, T> a, b;
  bool quads = Convert && quads_aligned(rows);
  if constexpr (Convert) {
    a.load(rows, quads, first, end, i0);
    a.store(stages[0].a);
    if (!diagonal) {
      b.load(rows, quads, first, end, j0);
      b.store(stages[0].b);
    }
  } else {
    start(first, stages[0]);
  }
  int s = 0;
#pragma unroll 1
  for (int k = first; k < end; k += Shape::kDepth, s ^= 1) {
    bool more = k + Shape::kDepth < end;
    if constexpr (Convert) {
      if (more) {
        a.load(rows, quads, k + Shape::kDepth, end, i0);
        if (!diagonal) b.load(rows, quads, k + Shape::kDepth, end, j0);
      }
    } else {
      if (more) start(k + Shape::kDepth, stages[s ^ 1]);
      __pipeline_wait_prior(more ? 1 : 0);
    }
    __syncthreads();
    const T(*p)[Shape::kPitch] = stages[s].a;
    const T(*q)[Shape::kPitch] = diagonal ? stages[s].a : stages[s].b;
#pragma unroll
    for (int n = 0; n < Shape::kDepth; ++n) Shape::multiply(sum, p[n], q[n], y, x);
    if (diagonal && static_cast<int>(threadIdx.x) < Shape::kTile) {
#pragma unroll
      for (int n = 0; n < Shape::kDepth; ++n) column_sum += p[n][threadIdx.x];
    }
    if constexpr (Convert) {
      // The other stage was last read before the barrier above.
      if (more) {
        a.store(stages[s ^ 1].a);
        if (!diagonal) b.store(stages[s ^ 1].b);
      }
    } else {
      __syncthreads();
    }
  }
  if constexpr (Convert) __syncthreads();
}

// One tile; segments first_segment to end_segment - 1 of this call.
template <class Shape, class T, bool Convert>
static __device__ __forceinline__ void covariance_tile_body(
    const CovarianceJob& job, int tile, int first_segment, int end_segment, bool split, typename Shape::Stage* stages) {
  int tile_row, tile_column;
  triangle_tile(tile, &tile_row, &tile_column);
  const int i0 = tile_row * Shape::kTile, j0 = tile_column * Shape::kTile;
  const int x = static_cast<int>(threadIdx.x) % 16, y = static_cast<int>(threadIdx.x) / 16;
  const int columns = job.rows.columns, d = job.dimension;
  const bool sums_columns =
      job.rows.homogeneous && i0 == j0 && static_cast<int>(threadIdx.x) < min(Shape::kTile, columns - i0);
  T* partial = static_cast<T*>(job.partial);
#pragma unroll 1
  for (int segment = first_segment; segment < end_segment; ++segment) {
    Segment rows = segment_rows(job, segment);
    T sum[Shape::kOwn][Shape::kOwn];
    T column_sum = 0;
    // Calls f(element of the accumulator, sum) for each of this thread's elements.
    auto each = [&](auto f) {
      int row = i0 + 4 * y;
      forget(row);
#pragma unroll
      for (int i = 0; i < Shape::kOwn; ++i) {
        int r = row + Shape::place(0, i);
        int64_t first = int64_t{r} * d;
        int column = j0 + 4 * x;
        forget(column);
#pragma unroll
        for (int j = 0; j < Shape::kOwn; ++j) {
          int c = column + Shape::place(0, j);
          if (r < columns && c <= r) f(first + c, sum[i][j]);
        }
      }
      if (sums_columns) f(int64_t{columns} * d + i0 + static_cast<int>(threadIdx.x), column_sum);
    };
#pragma unroll
    for (int i = 0; i < Shape::kOwn; ++i) {
#pragma unroll
      for (int j = 0; j < Shape::kOwn; ++j) sum[i][j] = 0;
    }
    if (rows.continues) each([partial](int64_t e, T& v) { v = partial[e]; });
    add_rows<Shape, T, Convert>(job.rows, rows.first, rows.end, i0, j0, stages, sum, column_sum);
    if (split) {
      T* to = static_cast<T*>(job.workspace) + int64_t{segment} * d * d;
      each([to](int64_t e, T& v) { to[e] = v; });
    } else if (rows.completes) {
      double* master = job.master;
      bool last = segment + 1 == end_segment;
      each([master, partial, last](int64_t e, T& v) {
        master[e] += static_cast<double>(v);
        if (last) partial[e] = 0;
      });
    } else {
      each([partial](int64_t e, T& v) { partial[e] = v; });
    }
  }
}

template <class T, int Tile, bool Convert>
static __global__ void __launch_bounds__(kTileThreads, Tile == 64 ? 2 : 1)
    covariance_tile(const __grid_constant__ CovarianceLaunch batch) {
  using Shape = TileShape<T, Tile>;
  __shared__ typename Shape::Stage stages[2];
  int n = find_job(batch, static_cast<int>(blockIdx.x));
  const CovarianceJob& job = batch.jobs[n];
  int local = static_cast<int>(blockIdx.x) - batch.first_block[n];
  if (job.split) {
    covariance_tile_body<Shape, T, Convert>(job, local / job.segments, local % job.segments, local % job.segments + 1,
        true, stages);
  } else {
    covariance_tile_body<Shape, T, Convert>(job, local, 0, job.segments, false, stages);
  }
}

// Second stage of split jobs: segments in order into the master; the corner of the homogeneous column, which no tile
// has.
template <class T>
static __global__ void __launch_bounds__(256) covariance_reduce(const __grid_constant__ CovarianceLaunch batch) {
  const Place at = place_of(batch.count);
  const CovarianceJob& job = batch.jobs[at.y];
  const int d = job.dimension;
  T* partial = static_cast<T*>(job.partial);
  int64_t corner = int64_t{d} * d - 1;
  if (job.rows.homogeneous && at.x == 0 && threadIdx.x == 0) {
    // The count of rows, exact in either type.
    int64_t open = job.rows_before % job.segment_rows + job.rows.rows;
    job.master[corner] += static_cast<double>(open - open % job.segment_rows);
    partial[corner] = static_cast<T>(open % job.segment_rows);
  }
  if (!job.split) return;
  for (int64_t e = int64_t{at.x} * 256 + threadIdx.x; e <= corner; e += int64_t{at.width} * 256) {
    if (static_cast<int>(e % d) > static_cast<int>(e / d) || (e == corner && job.rows.homogeneous)) continue;
    const T* from = static_cast<const T*>(job.workspace) + e;
    double sum = job.master[e];
    T rest = 0;
    for (int s = 0; s < job.segments; ++s) {
      T v = from[int64_t{s} * d * d];
      if (segment_rows(job, s).completes) {
        sum += static_cast<double>(v);
      } else {
        rest = v;
      }
    }
    job.master[e] = sum;
    partial[e] = rest;
  }
}

template <class T>
static __global__ void __launch_bounds__(256)
    covariance_sum(const double* master, const T* __restrict__ partial, int d, double* sum) {
  // A thread an element of the lower triangle, which writes its mirror image too: so sum may be master.
  for (int64_t e = int64_t{blockIdx.x} * 256 + threadIdx.x; e < int64_t{d} * d; e += int64_t{gridDim.x} * 256) {
    int r = static_cast<int>(e / d), c = static_cast<int>(e % d);
    if (c > r) continue;
    double v = master[e] + static_cast<double>(partial[e]);
    sum[e] = v;
    sum[int64_t{c} * d + r] = v;
  }
}

// ---- launchers

template <class T>
static int32_t launch_tiles(const CovarianceLaunch& batch, int tile, bool convert, void* stream) {
  int blocks = batch.first_block[batch.count];
  if (tile == 128) {
    if constexpr (std::is_same_v<T, float>) {
      return launch("covariance_tile", covariance_tile<T, 128, false>, blocks, kTileThreads, 0, stream, batch);
    }
  }
  auto kernel = convert ? covariance_tile<T, 64, true> : covariance_tile<T, 64, false>;
  return launch("covariance_tile", kernel, blocks, kTileThreads, 0, stream, batch);
}

static int32_t launch_reduce(const CovarianceLaunch& batch, int32_t path, const Device& device, void* stream) {
  int64_t largest = 0;
  bool needed = false;
  for (int n = 0; n < batch.count; ++n) {
    const CovarianceJob& job = batch.jobs[n];
    if (job.split) largest = max(largest, int64_t{job.dimension} * job.dimension);
    needed |= job.split || job.rows.homogeneous;
  }
  if (!needed) return cudaSuccess;
  int64_t blocks = int64_t{heuristics::elementwise_blocks(4 * largest, device.multiprocessors)} * batch.count;
  return path == INFL_COVARIANCE_F64
      ? launch("covariance_reduce", covariance_reduce<double>, blocks, 256, 0, stream, batch)
      : launch("covariance_reduce", covariance_reduce<float>, blocks, 256, 0, stream, batch);
}

static int64_t tiles_of(const infl_rows& rows, int32_t path, int tile) {
  return tensor_path(path) ? tensor_tiles(rows.columns) : heuristics::triangle(heuristics::tiles(rows.columns, tile));
}

// How the updates of a call are launched: the tile for all (but on tensor cores), and which are split.
struct CovariancePlan {
  int tile;
  int64_t workspace;
  bool split;
};

static int64_t segments_of(const infl_covariance_update& u, int32_t path) {
  const int rows = heuristics::segment_rows(path);
  return divide_up(u.rows_before % rows + u.rows.rows, rows);
}

static CovariancePlan plan(const infl_covariance_update* updates, int32_t count, int32_t path, const Device& device) {
  int64_t element = path == INFL_COVARIANCE_F64 ? 8 : 4;
  CovariancePlan p{path == INFL_COVARIANCE_F32 ? 128 : 64, 0, false};
  if (path == INFL_COVARIANCE_F32) {
    for (int32_t n = 0; n < count; ++n) {
      if (updates[n].rows.rows > 0 &&
          !heuristics::large_covariance_tile(
              updates[n].rows.columns, segments_of(updates[n], path), device.multiprocessors)) {
        p.tile = 64;
      }
    }
  }
  int64_t tiles = 0, bytes = 0;
  for (int32_t n = 0; n < count; ++n) {
    const infl_rows& rows = updates[n].rows;
    if (rows.rows == 0) continue;
    tiles += tiles_of(rows, path, p.tile);
    int64_t d = rows.columns + (rows.homogeneous != 0);
    int64_t segments = segments_of(updates[n], path);
    if (segments > 1) bytes += divide_up(segments * d * d * element, 256) * 256;
  }
  p.split = bytes > 0 && heuristics::split_covariance_rows(tiles, device.multiprocessors);
  p.workspace = p.split ? bytes : 0;
  return p;
}

static bool valid(const infl_covariance_update& u) {
  return infl::valid(u.rows) && u.rows_before >= 0 &&
      ((u.master && u.partial) || u.rows.rows == 0 || u.rows.columns + u.rows.homogeneous == 0);
}

static bool valid(const infl_covariance_update* updates, int32_t count, int32_t path) {
  if (count < 0 || (count > 0 && !updates) || path < INFL_COVARIANCE_F32 || path > INFL_COVARIANCE_F16) return false;
  for (int32_t n = 0; n < count; ++n) {
    if (!valid(updates[n])) return false;
  }
  return true;
}

}  // namespace infl

using namespace infl;

int64_t infl_cuda_covariance_workspace(const infl_covariance_update* updates, int32_t count, int32_t path) {
  Device device;
  if (!infl::valid(updates, count, path) || current_device(&device)) return 0;
  return plan(updates, count, path, device).workspace;
}

int32_t infl_cuda_covariance_accumulate(const infl_covariance_update* updates, int32_t count, int32_t path,
    void* workspace, int64_t workspace_bytes, void* stream) {
  if (!infl::valid(updates, count, path)) return cudaErrorInvalidValue;
  Device device;
  if (int32_t e = current_device(&device)) return e;
  if (tensor_path(path) && device.capability < (path == INFL_COVARIANCE_F16 ? 75 : 80)) return cudaErrorNotSupported;
  CovariancePlan p = plan(updates, count, path, device);
  bool split = p.split && workspace && workspace_bytes >= p.workspace;
  char* scratch = static_cast<char*>(workspace);
  auto converts = [&](const infl_rows& rows) {
    if (tensor_path(path)) return !copies_to_tensor_cores(rows, path, device.capability);
    return rows.type != (path == INFL_COVARIANCE_F64 ? INFL_F64 : INFL_F32);
  };
  // Rows that need converting and rows that do not are different kernels. The former have tile 64 only.
  for (bool convert : {false, true}) {
    const int tile = convert ? 64 : p.tile;
    CovarianceLaunch batch{};
    auto flush = [&]() -> int32_t {
      if (batch.count == 0) return cudaSuccess;
      int32_t e = cudaSuccess;
      if (batch.first_block[batch.count] > 0) {
        e = tensor_path(path) ? launch_tensor_tiles(batch, path, convert, stream)
            : path == INFL_COVARIANCE_F64 ? launch_tiles<double>(batch, tile, convert, stream)
                                          : launch_tiles<float>(batch, tile, convert, stream);
      }
      if (!e) e = launch_reduce(batch, path, device, stream);
      batch.count = 0;
      return e;
    };
    for (int32_t n = 0; n < count; ++n) {
      const infl_covariance_update& u = updates[n];
      int d = u.rows.columns + (u.rows.homogeneous != 0);
      if (u.rows.rows == 0 || d == 0) continue;
      if (converts(u.rows) != convert) continue;
      int64_t segments = segments_of(u, path);
      CovarianceJob job{u.rows, u.master, u.partial, nullptr, u.rows_before, d, static_cast<int>(segments),
          heuristics::segment_rows(path), 0};
      job.rows.homogeneous = u.rows.homogeneous != 0;
      if (split && segments > 1) {
        job.split = 1;
        job.workspace = scratch;
        scratch += divide_up(segments * d * d * (path == INFL_COVARIANCE_F64 ? 8 : 4), 256) * 256;
      }
      int64_t blocks = tiles_of(u.rows, path, tile) * (job.split ? segments : 1);
      if (blocks + batch.first_block[batch.count] > 0x7fffffff) return cudaErrorInvalidConfiguration;
      batch.jobs[batch.count] = job;
      batch.first_block[batch.count + 1] = batch.first_block[batch.count] + static_cast<int>(blocks);
      if (++batch.count == kCovarianceJobs) {
        if (int32_t e = flush()) return e;
      }
    }
    if (int32_t e = flush()) return e;
  }
  return cudaSuccess;
}

int32_t infl_cuda_covariance_sum(
    const double* master, const void* partial, int32_t path, int32_t dimension, double* sum, void* stream) {
  if (dimension < 0 || path < INFL_COVARIANCE_F32 || path > INFL_COVARIANCE_F16) return cudaErrorInvalidValue;
  if (dimension == 0) return cudaSuccess;
  Device device;
  if (int32_t e = current_device(&device)) return e;
  int blocks = heuristics::elementwise_blocks(int64_t{dimension} * dimension, device.multiprocessors);
  return path == INFL_COVARIANCE_F64
      ? launch("covariance_sum", covariance_sum<double>, blocks, 256, 0, stream, master,
          static_cast<const double*>(partial), dimension, sum)
      : launch("covariance_sum", covariance_sum<float>, blocks, 256, 0, stream, master,
          static_cast<const float*>(partial), dimension, sum);
}
