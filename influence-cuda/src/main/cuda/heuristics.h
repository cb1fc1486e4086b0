/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Every choice of a launch: tile sizes, splits, groups. None changes a bit of a result; all were derived, none has been
// measured on hardware yet. Per streaming multiprocessor (SM) and clock, an H100 (132 SMs, 1.7 GHz) does 128 float or
// 64 double multiply-adds, starts 4 warp instructions, reads 128 bytes of shared memory and, per SM, some 24 bytes of
// L2.
//
// | kernel | per 256 threads and k | multiply-adds | shared-memory reads (wavefronts of 128 bytes) | bound |
// |---|---|---|---|---|
// | tile 64, float | 4 x 4 each | 4096 = 32 clocks | 8 warps x (2 + 1) = 24 clocks | arithmetic, other pipe 75 % |
// | tile 128, float | 8 x 8 each | 16384 = 128 clocks | 8 warps x (4 + 2) = 48 clocks | arithmetic, comfortably |
// | tile 64, double | 4 x 4 each | 4096 = 64 clocks | 8 warps x (4 + 2) = 48 clocks | arithmetic |
//
// Global reads per k and tile: 2 kTile elements for kTile² multiply-adds: 512 bytes per 32 clocks = 16 B/clock at tile
// 64, 1024 bytes per 128 clocks = 8 B/clock at tile 128. Both are under the L2's share, tile 64 without much room:
// hence tile 128 where there are enough tiles to fill the device.
#ifndef INFLUENCE_HEURISTICS_H
#define INFLUENCE_HEURISTICS_H

#include <cstdint>

#include "influence_cuda.h"

namespace infl {
namespace heuristics {

inline int64_t tiles(int64_t size, int64_t tile) { return (size + tile - 1) / tile; }
inline int64_t triangle(int64_t n) { return n * (n + 1) / 2; }

// Partial sums of a covariance hold this many rows at most. A chain of 1024 float multiply-adds of like-signed terms
// has a relative error of some sqrt(1024) 2^-24 = 2e-6 if roundings are random; and 1024 rows are 64 stages, so that
// filling and draining the pipeline is 2 % of a segment.
//
// On tensor cores a row takes an eighth of the time, and the flush of a segment as long as ever: 16 bytes of master per
// element, read and written, are over a thousand rows' worth of arithmetic on an H100. 4096 rows are 256 sums in float at
// most (TF32: 512), 512 2^-23 = 6e-5 at worst, where the hardware truncates: a sixteenth of what rounding inputs costs.
inline int segment_rows(int32_t path) {
  return path >= INFL_COVARIANCE_TF32 ? INFL_CUDA_TENSOR_SEGMENT_ROWS : INFL_CUDA_SEGMENT_ROWS;
}

// Tile 128 wastes up to 127 of its columns and has a fourth of the tiles: only where what it wastes is under a quarter
// and one wave of blocks (one an SM) is there even so.
inline bool large_covariance_tile(int64_t columns, int64_t segments, int multiprocessors) {
  int64_t large = triangle(tiles(columns, 128)), small = triangle(tiles(columns, 64));
  return large * 4 * 4 <= small * 5 && large * segments >= multiprocessors;
}

// Splitting rows costs a write and a read of 4 bytes per element and segment, against 1024 multiply-adds: it pays as
// soon as the tiles alone leave an SM without its two blocks.
inline bool split_covariance_rows(int64_t tiles_in_launch, int multiprocessors) {
  return tiles_in_launch < 2 * int64_t{multiprocessors};
}

// The products with their own epilogue keep tile 64: the epilogue's state (double sums) takes the registers tile 128
// would.
constexpr int kGradientTile = 64;

// Blocks per tile among which examples are divided: enough that each SM gets four blocks (two run at once, two level
// the ends), at most one an example.
inline int example_groups(int64_t tiles_in_launch, int examples, int multiprocessors) {
  int64_t groups = (4 * int64_t{multiprocessors} + tiles_in_launch - 1) / tiles_in_launch;
  return static_cast<int>(groups < 1 ? 1 : groups > examples ? examples : groups);
}

// Sums of squares over examples are in order, so a tile has one block. With fewer tiles than SMs a thread an element is
// better: 64 x 64 elements are 16 blocks then, and what a tile saves in loads an idle SM has to give.
inline bool few_tiles(int64_t tiles, int multiprocessors) { return tiles < multiprocessors; }

// For that, g is written for a chunk of examples, at most kFormedBytes (they stay in a 50 MB L2). Examples of one row
// need no g: their rows are read, 2 loads for a multiply-add in double.
constexpr int64_t kFormedBytes = 16 << 20;
inline int formed_examples(int64_t outputs, int64_t inputs, int64_t element_bytes, int examples, int multiprocessors) {
  if (!few_tiles(tiles(outputs, kGradientTile) * tiles(inputs, kGradientTile), multiprocessors)) return 0;
  int64_t fit = kFormedBytes / (outputs * inputs * element_bytes);
  return static_cast<int>(fit < 2 ? 0 : fit < examples ? fit : examples);
}

// Matrix products: tile 128 from two waves of blocks up.
inline bool large_gemm_tile(int64_t m, int64_t n, int64_t batch, int multiprocessors) {
  return tiles(m, 128) * tiles(n, 128) * batch >= 2 * int64_t{multiprocessors};
}

// Rows without gradients: tile 128 where there are columns for it. By the layer alone, as it decides how sums are cut.
inline int score_rows_tile(int64_t inputs, int64_t element_bytes) {
  return element_bytes == 4 && inputs > 256 ? 128 : 64;
}

// Elementwise kernels: 256 threads, four elements each, and no more blocks than fill the device eight times over.
inline int elementwise_blocks(int64_t elements, int multiprocessors) {
  int64_t blocks = (elements + 1023) / 1024, most = 8 * int64_t{multiprocessors} * 8;
  return static_cast<int>(blocks < 1 ? 1 : blocks < most ? blocks : most);
}

// Rows of convolutions: a thread writes its column of so many positions, for which it divides four times; lines of an
// image are mostly shorter.
constexpr int kUnfoldPositions = 64;
inline int unfold_threads(int64_t columns) { return columns >= 256 ? 256 : static_cast<int>((columns + 31) / 32 * 32); }

// A warp an item, eight a block, and no more blocks than fill the SMs' 64 warps twice over.
inline int warp_blocks(int64_t items, int multiprocessors) {
  int64_t blocks = (items + 7) / 8, most = 16 * int64_t{multiprocessors};
  return static_cast<int>(blocks < most ? blocks : most);
}

// Elements of a gradient that one block weighs and sums: 32 a thread, so that the shuffles and the partial sum of each
// weight (some 50 instructions and 8 bytes) are small beside 32 loads of 4 bytes.
constexpr int kDenseChunk = 8192;

// Jacobi: n/2 rotations of n/2 blocks a step. 512 threads give n = 128 eight 2 x 2 blocks each; more threads only add
// barriers.
inline int eigen_threads(int n) { return n <= 32 ? 128 : n <= 64 ? 256 : 512; }

}  // namespace heuristics
}  // namespace infl

#endif
