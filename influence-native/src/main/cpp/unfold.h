/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Rows of convolutions: elements are moved by their size, nothing is computed.
 *
 * A block of output positions is written before the next one, so that what each channel adds to its rows
 * finds them in the cache; within it runs are copied along the input, the longer of the two directions
 * innermost, and what lies beyond the border stands outside of the inner loop. Bound by memory bandwidth.
 */
#ifndef INFLUENCE_UNFOLD_H
#define INFLUENCE_UNFOLD_H

#include "vectors.h"

#include "influence_cpu.h"

namespace infl {
namespace INFL_ISA {

/* Output positions of a block: with a line of the input of each channel. */
constexpr int64_t kUnfoldBlock = 32;

/* Where a position of `size` is read, or -1 for a zero. */
INFL_INLINE int64_t padded(int64_t position, int64_t size, int32_t mode) {
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

/* to[i * to_step] = element position + i * step of a line, or of zeros where that is null, i < count. */
template <class E>
INFL_INLINE void unfold_run(const E *line, int64_t size, int32_t mode, int64_t position,
                            int64_t step, int64_t count, E *to, int64_t to_step) {
  int64_t begin = count, end = count; /* what lies within the line */
  if (line) {
    begin = position < 0 ? smaller(count, (step - 1 - position) / step) : 0;
    end = position < size ? smaller(count, (size - 1 - position) / step + 1) : 0;
  }
  const auto border = [&](int64_t i) {
    const int64_t from = line ? padded(position + i * step, size, mode) : -1;
    to[i * to_step] = from < 0 ? E(0) : line[from];
  };
  for (int64_t i = 0; i < begin; i++) border(i);
  for (int64_t i = begin; i < end; i++) to[i * to_step] = line[position + i * step];
  for (int64_t i = end; i < count; i++) border(i);
}

/* The rows of output positions [x0, x0 + n) of a line of the output. */
template <class E>
static void unfold_block(const infl_images &x, int64_t line, int64_t x0, int64_t n, E *to) {
  const infl_axis &v = x.rows, &h = x.columns;
  const int64_t width = int64_t(x.channels) * v.kernel * h.kernel;
  const int64_t plane = int64_t(v.size) * h.size;
  const E *image = static_cast<const E *>(x.data) + line / v.output * x.channels * plane;
  const int64_t top = line % v.output * v.stride - v.padding, left = x0 * h.stride - h.padding;
  for (int64_t c = 0; c < x.channels; c++) {
    for (int64_t ky = 0; ky < v.kernel; ky++, to += h.kernel) {
      const int64_t row = padded(top + ky * v.dilation, v.size, x.padding_mode);
      const E *from = row < 0 ? nullptr : image + c * plane + row * h.size;
      if (n >= h.kernel) {
        for (int64_t kx = 0; kx < h.kernel; kx++) {
          unfold_run<E>(from, h.size, x.padding_mode, left + kx * h.dilation, h.stride, n, to + kx,
                        width);
        }
      } else {
        for (int64_t i = 0; i < n; i++) {
          unfold_run<E>(from, h.size, x.padding_mode, left + i * h.stride, h.dilation, h.kernel,
                        to + i * width, 1);
        }
      }
    }
  }
}

template <class E>
static void unfold_lines(const infl_images &x, int64_t first, int64_t count, E *out) {
  const int64_t width = int64_t(x.channels) * x.rows.kernel * x.columns.kernel;
  for (int64_t line = first; line < first + count; line++) {
    for (int64_t x0 = 0; x0 < x.columns.output; x0 += kUnfoldBlock) {
      unfold_block<E>(x, line, x0, smaller(kUnfoldBlock, x.columns.output - x0),
                      out + (line * x.columns.output + x0) * width);
    }
  }
}

template <class T>
static int32_t unfold(const infl_images *images, int64_t first, int64_t count, void *out) {
  switch (images->element_bytes) {
    case 2:
      unfold_lines(*images, first, count, static_cast<uint16_t *>(out));
      return INFL_OK;
    case 4:
      unfold_lines(*images, first, count, static_cast<uint32_t *>(out));
      return INFL_OK;
    default:
      unfold_lines(*images, first, count, static_cast<uint64_t *>(out));
      return INFL_OK;
  }
}

}  // namespace INFL_ISA
}  // namespace infl
#endif
