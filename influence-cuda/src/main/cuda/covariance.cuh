/*
 * SPDX-License-Identifier: Apache-2.0
 */
// What the covariance kernels share: descriptors and the arithmetic of segments.
#ifndef INFLUENCE_COVARIANCE_CUH
#define INFLUENCE_COVARIANCE_CUH

#include "heuristics.h"
#include "tile.cuh"

namespace infl {

// One accumulator in a launch.
struct CovarianceJob {
  infl_rows rows;
  double* master;
  void* partial;
  void* workspace;  // [segments, d, d] if split
  int64_t rows_before;
  int dimension;
  int segments;  // touched by the rows of this call
  int segment_rows;
  int split;
};

// Kernel parameters are limited to 4 KB on all architectures.
constexpr int kCovarianceJobs = 32;
struct CovarianceLaunch {
  int count;
  int first_block[kCovarianceJobs + 1];  // of each job; the number of blocks as the last entry
  CovarianceJob jobs[kCovarianceJobs];
};
static_assert(sizeof(CovarianceLaunch) <= 4096, "kernel parameters");

__device__ __forceinline__ int find_job(const CovarianceLaunch& batch, int block) {
  int n = 0;
  while (block >= batch.first_block[n + 1]) ++n;
  return n;
}

struct Segment {
  int first, end;  // rows of this call
  bool continues;  // starts from the partial sum of an earlier call
  bool completes;
};

__device__ __forceinline__ Segment segment_rows(const CovarianceJob& job, int segment) {
  int before = static_cast<int>(job.rows_before % job.segment_rows);
  int64_t first = int64_t{segment} * job.segment_rows - before, end = first + job.segment_rows;
  Segment s;
  s.first = static_cast<int>(max(first, int64_t{0}));
  s.end = static_cast<int>(min(end, int64_t{job.rows.rows}));
  s.continues = segment == 0 && before > 0;
  s.completes = end <= job.rows.rows;
  return s;
}

inline bool tensor_path(int32_t path) { return path >= INFL_COVARIANCE_TF32; }

bool valid(const infl_rows& rows);

// On tensor cores: the tiles of a triangle, whether rows are copied as they are, and the launch of a batch in which all
// are or none.
int64_t tensor_tiles(int64_t columns);
bool copies_to_tensor_cores(const infl_rows& rows, int32_t path, int capability);
int32_t launch_tensor_tiles(const CovarianceLaunch& batch, int32_t path, bool convert, void* stream);

}  // namespace infl

#endif
