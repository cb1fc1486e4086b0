/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.cu"
#include "support.h"

using test::Buffer;
using test::Random;

template <class In, class T>
static void check_pack(int32_t type, int rows, int columns, bool homogeneous, bool indexed, int extra, size_t shift) {
  Random random(test::seed);
  int stride = columns + extra;
  Buffer<In> data(static_cast<size_t>(2 * rows * stride), shift);
  test::fill_normal(data, random);
  Buffer<int32_t> index(static_cast<size_t>(rows));
  for (int r = 0; r < rows; ++r) index[static_cast<size_t>(r)] = 2 * rows - 1 - 2 * r;
  infl_rows view{data.data(), indexed ? index.data() : nullptr, 0, stride, type, rows, columns, homogeneous};
  int dimension = columns + homogeneous;
  for (int ld : {dimension, (dimension + 3) / 4 * 4 + 4}) {
    Buffer<T> out(static_cast<size_t>(rows * ld)), naive(static_cast<size_t>(rows * ld));
    CHECK_OK(infl_cuda_pack(&view, test::kPrecision<T>, out.data(), ld, nullptr));
    test::run_naive(pack_naive<T>, int64_t{rows} * ld, view, naive.data(), int64_t{ld});
    bool same = true;
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < ld; ++c) {
        T expected = c < dimension ? static_cast<T>(test::element(view, r, c)) : T(0);
        size_t i = static_cast<size_t>(r * ld + c);
        same &= out[i] == expected && naive[i] == expected;
      }
    }
    CHECK(same);
  }
}

TEST(pack) {
  test::in_all_schedules([] {
    for (int columns : {0, 1, 3, 4, 7, 8, 16, 17, 33, 100}) {
      for (int flags = 0; flags < 8; ++flags) {
        bool homogeneous = flags & 1, indexed = flags & 2;
        int extra = flags & 4 ? 3 : 0;
        size_t shift = flags & 4 ? 1 : 0;
        check_pack<float, float>(INFL_F32, 5, columns, homogeneous, indexed, extra, shift);
        check_pack<float, double>(INFL_F32, 3, columns, homogeneous, indexed, extra, shift);
        check_pack<double, float>(INFL_F64, 5, columns, homogeneous, indexed, extra, shift);
        check_pack<double, double>(INFL_F64, 3, columns, homogeneous, indexed, extra, shift);
        check_pack<__half, float>(INFL_F16, 5, columns, homogeneous, indexed, extra, shift);
        check_pack<__half, double>(INFL_F16, 3, columns, homogeneous, indexed, extra, shift);
        check_pack<__nv_bfloat16, float>(INFL_BF16, 5, columns, homogeneous, indexed, extra, shift);
        check_pack<__nv_bfloat16, double>(INFL_BF16, 3, columns, homogeneous, indexed, extra, shift);
      }
    }
  });
}

TEST(first_non_finite_row) {
  test::in_all_schedules([] {
    const int rows = 300, columns = 37;
    Buffer<float> data(static_cast<size_t>(rows * columns));
    data.fill(1);
    infl_rows view{data.data(), nullptr, 0, columns, INFL_F32, rows, columns, 1};
    Buffer<int32_t> row(1);
    Buffer<uint32_t> naive(1);
    auto expect = [&](int32_t expected) {
      CHECK_OK(infl_cuda_first_non_finite_row(&view, row.data(), nullptr));
      CHECK(row[0] == expected);
      naive[0] = UINT_MAX;
      test::run_naive(first_non_finite_naive, view.rows, view, naive.data());
      CHECK(static_cast<int32_t>(naive[0]) == expected);
    };
    expect(-1);
    data[299 * columns + 36] = NAN;
    expect(299);
    data[57 * columns] = -INFINITY;
    data[58 * columns + 3] = NAN;
    expect(57);
    Buffer<int32_t> index(2);
    index[0] = 0;
    index[1] = 58;
    view.index = index.data();
    view.rows = 2;
    expect(1);
    view.rows = 0;
    expect(-1);
  });
}

TEST(non_finite_by_type) {
  Buffer<double> large(4);
  large.fill(1e300);  // finite, though not as a float
  infl_rows view{large.data(), nullptr, 0, 2, INFL_F64, 2, 2, 0};
  Buffer<int32_t> row(1);
  CHECK_OK(infl_cuda_first_non_finite_row(&view, row.data(), nullptr));
  CHECK(row[0] == -1);
  Buffer<__half> half(4);
  half.fill(__float2half_rn(1));
  half[3] = __float2half_rn(1e6f);  // infinite
  view.data = half.data();
  view.type = INFL_F16;
  CHECK_OK(infl_cuda_first_non_finite_row(&view, row.data(), nullptr));
  CHECK(row[0] == 1);
}

TEST(row_magnitudes) {
  test::in_all_schedules([] {
    const int rows = 300, columns = 37;
    Buffer<float> data(static_cast<size_t>(rows * columns));
    for (int i = 0; i < rows * columns; ++i) data[i] = std::ldexp(i % 2 ? 1.f : -1.f, i * 7 % 200 - 140);
    Buffer<int32_t> index(3);
    index[0] = 4;
    index[1] = 299;
    index[2] = 7;
    infl_rows view{data.data(), nullptr, 0, columns, INFL_F32, rows, columns, 1};
    Buffer<double> out(static_cast<size_t>(rows)), naive(static_cast<size_t>(rows));
    auto check = [&] {
      CHECK_OK(infl_cuda_row_magnitudes(&view, out.data(), nullptr));
      test::run_naive(row_magnitudes_naive, view.rows, view, naive.data());
      for (int r = 0; r < view.rows; ++r) {
        const int stored = view.index ? view.index[r] : r;
        double expected = 0;
        bool finite = true;
        for (int c = 0; c < columns; ++c) {
          const double x = data[stored * columns + c];
          finite = finite && std::isfinite(x);
          expected = std::fmax(expected, std::fabs(x));
        }
        CHECK(finite ? out[r] == expected && naive[r] == expected : !std::isfinite(out[r]) && !std::isfinite(naive[r]));
      }
    };
    check();
    data[299 * columns + 36] = NAN;
    data[7 * columns] = -INFINITY;
    data[7 * columns + 1] = NAN;
    check();
    view.index = index.data();
    view.rows = 3;
    check();
    view.rows = 0;
    check();
  });
}

TEST(row_magnitudes_by_type) {
  Buffer<double> large(4);
  large.fill(-1e300);
  infl_rows view{large.data(), nullptr, 0, 2, INFL_F64, 2, 2, 0};
  Buffer<double> out(2);
  CHECK_OK(infl_cuda_row_magnitudes(&view, out.data(), nullptr));
  CHECK(out[0] == 1e300 && out[1] == 1e300);
  Buffer<__half> half(4);
  half.fill(__float2half_rn(-0.25f));
  view.data = half.data();
  view.type = INFL_F16;
  CHECK_OK(infl_cuda_row_magnitudes(&view, out.data(), nullptr));
  CHECK(out[0] == 0.25 && out[1] == 0.25);
  CHECK(infl_cuda_row_magnitudes(&view, nullptr, nullptr) == cudaErrorInvalidValue);
}

TEST(rows_arguments) {
  Buffer<float> data(4), out(4);
  infl_rows view{data.data(), nullptr, 0, 2, INFL_F32, 2, 2, 1};
  CHECK(infl_cuda_pack(&view, INFL_F32, out.data(), 2, nullptr) == cudaErrorInvalidValue);  // no place for the ones
  CHECK(infl_cuda_pack(&view, INFL_F16, out.data(), 3, nullptr) == cudaErrorInvalidValue);
  view.type = 9;
  CHECK(infl_cuda_pack(&view, INFL_F32, out.data(), 3, nullptr) == cudaErrorInvalidValue);
  CHECK(infl_cuda_pack(nullptr, INFL_F32, out.data(), 3, nullptr) == cudaErrorInvalidValue);
}

// Rows that begin more than 2^31 elements behind the first.
TEST(rows_far_apart) {
  test::FarBuffer<float> data(2);
  for (int r = 0; r < 2; ++r) {
    for (int c = 0; c < 3; ++c) data.row(r)[c] = static_cast<float>(1 + 10 * r + c);
  }
  infl_rows view{data.row(0), nullptr, 0, test::FarBuffer<float>::kStride, INFL_F32, 2, 3, 0};
  Buffer<float> packed(6);
  CHECK_OK(infl_cuda_pack(&view, INFL_F32, packed.data(), 3, nullptr));
  CHECK(packed.doubles() == std::vector<double>({1, 2, 3, 11, 12, 13}));
  Buffer<double> largest(2);
  CHECK_OK(infl_cuda_row_magnitudes(&view, largest.data(), nullptr));
  CHECK(largest[0] == 3 && largest[1] == 13);
  data.row(1)[2] = NAN;
  Buffer<int32_t> bad(1);
  CHECK_OK(infl_cuda_first_non_finite_row(&view, bad.data(), nullptr));
  CHECK(bad[0] == 1);
}

TEST(rows_of_many) {
  for (int32_t many : test::kMany) {
    test::Counted counted;
    infl_rows rows{test::nowhere<void>(), nullptr, 0, 1, INFL_F32, many, 1, 0};
    CHECK_OK(infl_cuda_pack(&rows, INFL_F32, test::nowhere<void>(), 4, nullptr));
    CHECK_OK(infl_cuda_pack(&rows, INFL_F64, test::nowhere<void>(), 4, nullptr));
    CHECK_OK(infl_cuda_first_non_finite_row(&rows, test::nowhere<int32_t>(), nullptr));
    CHECK_OK(infl_cuda_row_magnitudes(&rows, test::nowhere<double>(), nullptr));
    CHECK(counted.launches == 5);
  }
}
