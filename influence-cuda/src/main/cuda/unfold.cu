/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Rows of convolutions: elements of 2, 4 or 8 bytes are moved, nothing is computed.
//
// unfold: out[(n, y, x), (c, i, j)] = the element of image n, channel c under element (i, j) of the kernel at output
// (y, x), or what lies beyond the border.
//   Traffic per element: its size out; in, its size once an input element where the L1 keeps a line for the kernel's
//   columns. Bound by memory.
//   1 naive: a thread an element, with eight divisions. 2: a thread a column of some positions of a line of the output,
//   so that a warp writes 32 neighbours, and divides once for all of them.
#include <climits>

#include "device.cuh"
#include "heuristics.h"

namespace infl {

// Where a position of `size` is read, or -1 for a zero.
__device__ __forceinline__ int padded(int position, int size, int mode) {
  if (position >= 0 && position < size) return position;
  switch (mode) {
    case INFL_REFLECT:
      return position < 0 ? -position : 2 * (size - 1) - position;
    case INFL_REPLICATE:
      return position < 0 ? 0 : size - 1;
    case INFL_CIRCULAR:
      return (position % size + size) % size;
    default:
      return -1;
  }
}

__host__ __device__ inline int64_t unfolded_columns(const infl_images& x) {
  return int64_t{x.channels} * x.rows.kernel * x.columns.kernel;
}

// ---- kernels

template <class E>
[[maybe_unused]] static __global__ void unfold_naive(const infl_images x, int64_t elements, E* out) {
  int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= elements) return;
  int kx = static_cast<int>(i % x.columns.kernel), ky = static_cast<int>(i / x.columns.kernel % x.rows.kernel);
  int64_t row = i / unfolded_columns(x);
  int64_t c = i % unfolded_columns(x) / x.rows.kernel / x.columns.kernel;
  int ox = static_cast<int>(row % x.columns.output), oy = static_cast<int>(row / x.columns.output % x.rows.output);
  int64_t n = row / x.columns.output / x.rows.output;
  int at_y = padded(oy * x.rows.stride + ky * x.rows.dilation - x.rows.padding, x.rows.size, x.padding_mode);
  int at_x = padded(ox * x.columns.stride + kx * x.columns.dilation - x.columns.padding, x.columns.size,
      x.padding_mode);
  const E* image = static_cast<const E*>(x.data) + (n * x.channels + c) * x.rows.size * x.columns.size;
  out[i] = at_y < 0 || at_x < 0 ? E(0) : image[int64_t{at_y} * x.columns.size + at_x];
}

template <class E>
static __global__ void __launch_bounds__(256) unfold_columns(const infl_images x, int pieces, int pieces_a_line,
    E* __restrict__ out) {
  const Place place = place_of(pieces);
  const int width = static_cast<int>(unfolded_columns(x));
  const int column = place.x * static_cast<int>(blockDim.x) + static_cast<int>(threadIdx.x);
  if (column >= width) return;
  const int line = place.y / pieces_a_line, first = place.y % pieces_a_line * heuristics::kUnfoldPositions;
  const int end = min(first + heuristics::kUnfoldPositions, x.columns.output);
  const int kx = column % x.columns.kernel, ky = column / x.columns.kernel % x.rows.kernel;
  const int c = column / x.columns.kernel / x.rows.kernel;
  const int n = line / x.rows.output, y = line % x.rows.output;
  const int row = padded(y * x.rows.stride + ky * x.rows.dilation - x.rows.padding, x.rows.size, x.padding_mode);
  const E* from = static_cast<const E*>(x.data) +
      ((int64_t{n} * x.channels + c) * x.rows.size + (row < 0 ? 0 : row)) * x.columns.size;
  E* to = out + (int64_t{line} * x.columns.output + first) * width + column;
  int position = first * x.columns.stride + kx * x.columns.dilation - x.columns.padding;
  for (int i = first; i < end; ++i, position += x.columns.stride, to += width) {
    const int at = row < 0 ? -1 : padded(position, x.columns.size, x.padding_mode);
    *to = at < 0 ? E(0) : from[at];
  }
}

// ---- launchers

static bool valid(const infl_axis& x) {
  return x.size >= 0 && x.output >= 0 && x.kernel > 0 && x.stride > 0 && x.padding >= 0 && x.dilation > 0;
}

static bool valid(const infl_images& x) {
  return valid(x.rows) && valid(x.columns) && x.channels > 0 && x.padding_mode >= INFL_ZEROS &&
      x.padding_mode <= INFL_CIRCULAR && unfolded_columns(x) <= INT_MAX;
}

template <class E>
static int32_t unfold(const infl_images& x, int32_t count, void* out, void* stream) {
  const int64_t a_line = divide_up(x.columns.output, heuristics::kUnfoldPositions);
  const int64_t pieces = int64_t{count} * x.rows.output * a_line;
  if (pieces > INT_MAX) return cudaErrorInvalidValue;
  const int threads = heuristics::unfold_threads(unfolded_columns(x));
  return launch("unfold_columns", unfold_columns<E>, pieces * divide_up(unfolded_columns(x), threads), threads, 0,
      stream, x, static_cast<int>(pieces), static_cast<int>(a_line), static_cast<E*>(out));
}

}  // namespace infl

using namespace infl;

int32_t infl_cuda_unfold(const infl_images* images, int32_t count, void* out, void* stream) {
  if (!images || !valid(*images) || count < 0) return cudaErrorInvalidValue;
  if (count == 0 || images->rows.output == 0 || images->columns.output == 0) return cudaSuccess;
  if (!images->data || !out) return cudaErrorInvalidValue;
  switch (images->element_bytes) {
    case 2:
      return unfold<uint16_t>(*images, count, out, stream);
    case 4:
      return unfold<uint32_t>(*images, count, out, stream);
    case 8:
      return unfold<uint64_t>(*images, count, out, stream);
    default:
      return cudaErrorInvalidValue;
  }
}
