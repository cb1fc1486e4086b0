/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unfold.cu"
#include "support.h"

using test::Buffer;
using test::Random;

// One mirroring or turn after the other.
static int border(int position, int size, int mode) {
  while (position < 0 || position >= size) {
    if (mode == INFL_ZEROS) return -1;
    if (mode == INFL_REPLICATE) position += position < 0 ? 1 : -1;
    if (mode == INFL_CIRCULAR) position += position < 0 ? size : -size;
    if (mode == INFL_REFLECT) position = position < 0 ? -position : 2 * (size - 1) - position;
  }
  return position;
}

static infl_axis axis(int size, int kernel, int stride, int padding, int dilation) {
  return {size, (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1, kernel, stride, padding, dilation};
}

template <class E>
static void check_unfold(int images, int channels, infl_axis rows, infl_axis columns, int mode) {
  Random random(test::seed);
  size_t count = static_cast<size_t>(images * channels * rows.size * columns.size);
  Buffer<E> data(count);
  for (size_t i = 0; i < count; ++i) data[i] = static_cast<E>(random() * uint64_t{0x9e3779b97f4a7c15});
  infl_images view{data.data(), static_cast<int32_t>(sizeof(E)), mode, channels, rows, columns};
  size_t elements = static_cast<size_t>(images * rows.output * columns.output * channels * rows.kernel * columns.kernel);
  Buffer<E> out(elements), naive(elements);
  CHECK_OK(infl_cuda_unfold(&view, images, out.data(), nullptr));
  test::run_naive(unfold_naive<E>, static_cast<int64_t>(elements), view, static_cast<int64_t>(elements), naive.data());
  bool same = true;
  size_t i = 0;
  for (int n = 0; n < images; ++n) {
    for (int y = 0; y < rows.output; ++y) {
      for (int x = 0; x < columns.output; ++x) {
        for (int c = 0; c < channels; ++c) {
          for (int ky = 0; ky < rows.kernel; ++ky) {
            for (int kx = 0; kx < columns.kernel; ++kx, ++i) {
              int row = border(y * rows.stride + ky * rows.dilation - rows.padding, rows.size, mode);
              int column = border(x * columns.stride + kx * columns.dilation - columns.padding, columns.size, mode);
              size_t at = static_cast<size_t>(((n * channels + c) * rows.size + row) * columns.size + column);
              E expected = row < 0 || column < 0 ? E(0) : data[at];
              same &= out[i] == expected && naive[i] == expected;
            }
          }
        }
      }
    }
  }
  CHECK(same);
}

template <class E>
static void check_all() {
  for (int mode = INFL_ZEROS; mode <= INFL_CIRCULAR; ++mode) {
    for (int stride = 1; stride <= 2; ++stride) {
      for (int dilation = 1; dilation <= 2; ++dilation) {
        check_unfold<E>(2, 3, axis(5, 3, stride, 1, dilation), axis(6, 2, 3 - stride, 2, dilation), mode);
      }
    }
    // More columns than a block has threads; more positions than a thread writes; no more than one.
    check_unfold<E>(1, 31, axis(4, 3, 1, 1, 1), axis(3, 3, 1, 1, 1), mode);
    check_unfold<E>(2, 1, axis(1, 1, 1, 0, 1), axis(150, 2, 1, 1, 1), mode);
    check_unfold<E>(3, 40, axis(1, 1, 1, 0, 1), axis(2, 1, 1, 0, 1), mode);
    check_unfold<E>(2, 2, axis(3, 3, 1, 0, 1), axis(4, 4, 1, 0, 1), mode);
  }
}

TEST(unfold) {
  test::in_all_schedules([] {
    check_all<uint16_t>();
    check_all<uint32_t>();
    check_all<uint64_t>();
  });
}

TEST(unfold_nothing) {
  infl_images view{nullptr, 4, INFL_ZEROS, 2, axis(3, 2, 1, 0, 1), axis(3, 2, 1, 0, 1)};
  CHECK_OK(infl_cuda_unfold(&view, 0, nullptr, nullptr));
  CHECK(infl_cuda_unfold(&view, 1, nullptr, nullptr) == cudaErrorInvalidValue);
  float one[18] = {}, out[32];
  view.data = one;
  CHECK_OK(infl_cuda_unfold(&view, 1, out, nullptr));
  view.element_bytes = 3;
  CHECK(infl_cuda_unfold(&view, 1, out, nullptr) == cudaErrorInvalidValue);
  view.element_bytes = 4;
  view.padding_mode = 4;
  CHECK(infl_cuda_unfold(&view, 1, out, nullptr) == cudaErrorInvalidValue);
}

TEST(unfold_of_many) {
  for (int32_t many : test::kMany) {
    test::Counted counted;
    infl_axis one{1, 1, 1, 1, 0, 1};
    for (int32_t bytes : {2, 4, 8}) {
      infl_images images{test::nowhere<void>(), bytes, INFL_ZEROS, 1, one, one};
      CHECK_OK(infl_cuda_unfold(&images, many, test::nowhere<void>(), nullptr));
    }
    CHECK(counted.launches == 3);
  }
}
