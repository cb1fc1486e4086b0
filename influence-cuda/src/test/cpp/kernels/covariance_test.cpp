/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include <algorithm>

#include "covariance.cu"
#include "covariance_tensor.cu"
#include "support.h"

using test::Buffer;
using test::Random;

namespace {

// An accumulator with what went into it in double.
template <class T>
struct Sum {
  int d;
  Buffer<double> master;
  Buffer<T> partial;
  int64_t rows = 0;
  explicit Sum(int dimension) : d(dimension), master(static_cast<size_t>(d * d)), partial(static_cast<size_t>(d * d)) {
    master.fill(0);
    partial.fill(0);
  }
  infl_covariance_update update(const infl_rows& view) { return {view, master.data(), partial.data(), rows}; }
  std::vector<double> sum(int32_t path) {
    Buffer<double> out(static_cast<size_t>(d * d));
    CHECK_OK(infl_cuda_covariance_sum(master.data(), partial.data(), path, d, out.data(), nullptr));
    return out.doubles();
  }
};

std::vector<double> exact(const infl_rows& view) {
  int d = view.columns + view.homogeneous;
  std::vector<double> c(static_cast<size_t>(d * d));
  for (int t = 0; t < view.rows; ++t) {
    for (int i = 0; i < d; ++i) {
      for (int j = 0; j < d; ++j) {
        c[static_cast<size_t>(i * d + j)] += test::element(view, t, i) * test::element(view, t, j);
      }
    }
  }
  return c;
}

template <class T>
void accumulate(Sum<T>& sum, const infl_rows& view, int32_t path, bool workspace) {
  infl_covariance_update u = sum.update(view);
  int64_t bytes = workspace ? infl_cuda_covariance_workspace(&u, 1, path) : 0;
  Buffer<char> scratch(static_cast<size_t>(bytes));
  CHECK_OK(infl_cuda_covariance_accumulate(&u, 1, path, bytes ? scratch.data() : nullptr, bytes, nullptr));
  sum.rows += view.rows;
}

template <class T>
using Naive = void (*)(CovarianceJob);

template <class T>
void accumulate_naive(Sum<T>& sum, const infl_rows& view, int32_t path, Naive<T> naive) {
  CovarianceJob job{view, sum.master.data(), sum.partial.data(), nullptr, sum.rows, sum.d, 0,
      heuristics::segment_rows(path), 0};
  test::run_naive(naive, int64_t{sum.d} * sum.d, job);
  sum.rows += view.rows;
}

template <class In, class T>
void check(int32_t type, int32_t path, Naive<T> naive, int rows, int columns, bool homogeneous, bool indexed, int extra,
    size_t shift, double unit, bool same_bits) {
  Random random(test::seed);
  int stride = columns + extra;
  Buffer<In> data(static_cast<size_t>((rows + 3) * stride), shift);
  test::fill_normal(data, random);
  Buffer<int32_t> index(static_cast<size_t>(rows));
  for (int r = 0; r < rows; ++r) index[static_cast<size_t>(r)] = (r * 7 + 3) % (rows + 3);
  infl_rows view{data.data(), indexed ? index.data() : nullptr, 0, stride, type, rows, columns, homogeneous};
  int d = columns + homogeneous;
  Sum<T> fast(d), owner(d), slow(d);
  accumulate(fast, view, path, true);
  accumulate(owner, view, path, false);
  accumulate_naive<T>(slow, view, path, naive);
  std::vector<double> result = fast.sum(path), expected = slow.sum(path);
  CHECK_AS_GOOD(result, expected, exact(view), unit);
  if (same_bits) CHECK(result == expected);
  CHECK(result == owner.sum(path));  // split rows and one block a tile give the same bits
}

}  // namespace

TEST(covariance_float) {
  test::in_all_schedules([] {
    for (int columns : {0, 1, 3, 4, 17, 63, 64, 65, 100, 130}) {
      for (int rows : {1, 5, 16, 17, 40}) {
        int flags = rows + columns;
        check<float, float>(INFL_F32, INFL_COVARIANCE_F32, covariance_naive<float>, rows, columns, flags & 1 ||
            columns == 0, flags & 2, flags & 4 ? 3 : 0, flags & 8 ? 1 : 0, test::kUnit<float>, true);
      }
    }
  });
}

TEST(covariance_types) {
  test::in_all_schedules([] {
    for (int columns : {7, 68}) {
      for (int extra : {0, 4, 5}) {
        check<double, float>(INFL_F64, INFL_COVARIANCE_F32, covariance_naive<float>, 19, columns, true, false, extra, 0,
            test::kUnit<float>, true);
        check<__half, float>(INFL_F16, INFL_COVARIANCE_F32, covariance_naive<float>, 35, columns, true, true, extra, 0,
            test::kUnit<float>, true);
        check<__nv_bfloat16, float>(INFL_BF16, INFL_COVARIANCE_F32, covariance_naive<float>, 33, columns, false, false,
            extra, 0, test::kUnit<float>, true);
        check<double, double>(INFL_F64, INFL_COVARIANCE_F64, covariance_naive<double>, 33, columns, true, true, extra,
            0, test::kUnit<double>, true);
        check<float, double>(INFL_F32, INFL_COVARIANCE_F64, covariance_naive<double>, 18, columns, true, false, extra,
            1, test::kUnit<double>, true);
        check<__half, double>(INFL_F16, INFL_COVARIANCE_F64, covariance_naive<double>, 15, columns, false, false, extra,
            0, test::kUnit<double>, true);
        check<__nv_bfloat16, double>(INFL_BF16, INFL_COVARIANCE_F64, covariance_naive<double>, 16, columns, true, false,
            extra, 0, test::kUnit<double>, true);
      }
    }
  });
}

// The exact sum is that of unrounded inputs: the naive kernel, which rounds them too, sets the scale of the error.
TEST(covariance_tensor_cores) {
  test::in_all_schedules([] {
    for (int columns : {5, 128, 133}) {
      for (int rows : {3, 32, 90}) {
        bool ones = rows != 32;
        int extra = columns == 133 ? 3 : rows == 3 ? 1 : 0;
        check<__nv_bfloat16, float>(INFL_BF16, INFL_COVARIANCE_BF16, covariance_tensor_naive<Bf16Path>, rows, columns,
            ones, rows == 3, extra, 0, test::kUnit<float>, false);
        check<__half, float>(INFL_F16, INFL_COVARIANCE_F16, covariance_tensor_naive<F16Path>, rows, columns, ones,
            false, extra, 0, test::kUnit<float>, false);
        check<float, float>(INFL_F32, INFL_COVARIANCE_TF32, covariance_tensor_naive<Tf32Path>, rows, columns, ones,
            false, extra, 0, test::kUnit<float>, false);
        check<float, float>(INFL_F32, INFL_COVARIANCE_BF16, covariance_tensor_naive<Bf16Path>, rows, columns, ones,
            true, extra, 0, test::kUnit<float>, false);
        check<double, float>(INFL_F64, INFL_COVARIANCE_TF32, covariance_tensor_naive<Tf32Path>, rows, columns, ones,
            false, extra, 0, test::kUnit<float>, false);
        check<__half, float>(INFL_F16, INFL_COVARIANCE_TF32, covariance_tensor_naive<Tf32Path>, rows, columns, ones,
            true, extra, 0, test::kUnit<float>, false);
      }
    }
  });
}

// Rows that cannot be copied as they are give the same bits as those that can; in tiles on the diagonal and off it.
template <class In>
static void check_alignment(int32_t type, int32_t path) {
  Random random(test::seed);
  const int rows = 90, columns = 264;
  Buffer<In> data(static_cast<size_t>(rows * columns)), moved(static_cast<size_t>(rows * columns), 1);
  test::fill_normal(data, random);
  std::copy(data.data(), data.data() + data.size(), moved.data());
  infl_rows view{data.data(), nullptr, 0, columns, type, rows, columns, 1}, other = view;
  other.data = moved.data();
  CHECK(copies_to_tensor_cores(view, path, 90) && !copies_to_tensor_cores(other, path, 90));
  CHECK(!copies_to_tensor_cores(view, path, 75) && !copies_to_tensor_cores(view, INFL_COVARIANCE_TF32, 90));
  Sum<float> copied(columns + 1), converted(columns + 1);
  accumulate(copied, view, path, true);
  accumulate(converted, other, path, true);
  std::vector<double> sum = copied.sum(path);
  CHECK(sum == converted.sum(path) && test::distance(sum, exact(view)) < 1e-6);
}

TEST(covariance_tensor_alignment) {
  check_alignment<__nv_bfloat16>(INFL_BF16, INFL_COVARIANCE_BF16);
  check_alignment<__half>(INFL_F16, INFL_COVARIANCE_F16);
  check<float, float>(INFL_F32, INFL_COVARIANCE_TF32, covariance_tensor_naive<Tf32Path>, 21, 389, true, true, 2, 0,
      test::kUnit<float>, false);
}

// All that sm_75 has.
TEST(covariance_oldest_tensor_cores) {
  const int newest = std::exchange(simt::machine().capability, 75);
  check<__half, float>(INFL_F16, INFL_COVARIANCE_F16, covariance_tensor_naive<F16Path>, 50, 133, true, false, 3, 0,
      test::kUnit<float>, false);
  check<float, float>(INFL_F32, INFL_COVARIANCE_F16, covariance_tensor_naive<F16Path>, 21, 128, true, true, 0, 0,
      test::kUnit<float>, false);
  infl_covariance_update none{{nullptr, nullptr, 0, 0, INFL_F32, 0, 0, 0}, nullptr, nullptr, 0};
  for (int32_t path : {INFL_COVARIANCE_TF32, INFL_COVARIANCE_BF16}) {
    CHECK(infl_cuda_covariance_accumulate(&none, 1, path, nullptr, 0, nullptr) == cudaErrorNotSupported);
  }
  simt::machine().capability = newest;
}

// Segments of 1024 rows, on tensor cores of 4096, and every way to cut the rows into calls.
template <class T>
static void check_cuts(int32_t path, const std::vector<std::vector<int>>& cuts, int columns) {
  Random random(test::seed);
  const int rows = tensor_path(path) ? 4700 : 2500;
  Buffer<float> data(static_cast<size_t>(rows * columns));
  test::fill_normal(data, random);
  infl_rows all{data.data(), nullptr, 0, columns, INFL_F32, rows, columns, 1};
  Sum<T> whole(columns + 1);
  accumulate(whole, all, path, true);
  std::vector<double> expected = whole.sum(path);
  CHECK(test::distance(expected, exact(all)) < (path >= INFL_COVARIANCE_TF32 ? 5e-3 : sizeof(T) == 4 ? 1e-6 : 1e-14));
  CHECK(expected.back() == rows);
  bool workspace = false;
  for (const std::vector<int>& cut : cuts) {
    Sum<T> sum(columns + 1);
    int first = 0;
    for (size_t i = 0; i <= cut.size(); ++i) {
      int end = i < cut.size() ? cut[i] : rows;
      infl_rows part = all;
      part.offset = int64_t{first} * columns;
      part.rows = end - first;
      accumulate(sum, part, path, workspace = !workspace);
      first = end;
    }
    CHECK(sum.sum(path) == expected);
  }
}

// Rounding keeps what is not a number, whatever its bits, and keeps infinity.
TEST(covariance_rounding_of_special_values) {
  auto of_bits = [](uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
  };
  for (uint32_t bits : {0x7fffffffu, 0xffffffffu, 0x7f800001u, 0x7fc00000u, 0xff800001u, 0x7fffe000u}) {
    CHECK(std::isnan(round_to<Tf32Path>(of_bits(bits))));
  }
  CHECK(round_to<Tf32Path>(INFINITY) == INFINITY && round_to<Tf32Path>(-INFINITY) == -INFINITY);
  CHECK(round_to<Tf32Path>(of_bits(0x7f7fffffu)) == INFINITY);  // nearest
  CHECK(round_to<Tf32Path>(of_bits(0x3f800fffu)) == 1.f && round_to<Tf32Path>(of_bits(0x3f801000u)) > 1.f);
  CHECK(round_to<Tf32Path>(of_bits(0x00000001u)) == 0.f);
}

TEST(covariance_cuts) {
  std::vector<std::vector<int>> cuts = {{1}, {1024}, {1023, 1025, 2048}, {7, 7, 300, 2047, 2499}, {2048}};
  check_cuts<float>(INFL_COVARIANCE_F32, cuts, 9);
  check_cuts<double>(INFL_COVARIANCE_F64, cuts, 6);
  std::vector<std::vector<int>> aligned = {{512, 1040, 4096}, {16, 4112}};
  check_cuts<float>(INFL_COVARIANCE_TF32, aligned, 5);
  check_cuts<float>(INFL_COVARIANCE_BF16, aligned, 5);
  check_cuts<float>(INFL_COVARIANCE_F16, aligned, 5);
}

// A sum of ones must not stall.
TEST(covariance_of_ones) {
  Buffer<__nv_bfloat16> data(5000);
  data.fill(__float2bfloat16_rn(1));
  infl_rows view{data.data(), nullptr, 0, 1, INFL_BF16, 5000, 1, 1};
  for (int32_t path : {INFL_COVARIANCE_F32, INFL_COVARIANCE_BF16}) {
    Sum<float> sum(2);
    accumulate(sum, view, path, true);
    CHECK(sum.sum(path) == std::vector<double>(4, 5000));
  }
}

// More layers than fit in one launch, of several shapes and types, one of them empty; and a block-diagonal one.
TEST(covariance_layers) {
  test::in_all_schedules([] {
    Random random(test::seed);
    const int layers = 40, rows = 21;
    std::vector<std::unique_ptr<Buffer<float>>> data;
    std::vector<std::unique_ptr<Sum<float>>> sums;
    std::vector<infl_covariance_update> updates;
    for (int n = 0; n < layers; ++n) {
      int columns = 1 + n * 5 % 70;
      data.push_back(std::make_unique<Buffer<float>>(static_cast<size_t>(rows * columns)));
      test::fill_normal(*data.back(), random);
      infl_rows view{data.back()->data(), nullptr, 0, columns, INFL_F32, n == 11 ? 0 : rows, columns, n % 2};
      if (n % 3 == 0) {  // read as other types of the same bytes' worth of rows
        view.type = INFL_BF16;
        view.rows = n == 0 ? 0 : rows;
        for (int i = 0; i < rows * columns; ++i) {
          reinterpret_cast<__nv_bfloat16*>(data.back()->data())[i] =
              __float2bfloat16_rn(static_cast<float>(test::normal(random)));
        }
      }
      sums.push_back(std::make_unique<Sum<float>>(columns + n % 2));
      updates.push_back(sums.back()->update(view));
    }
    CHECK_OK(infl_cuda_covariance_accumulate(updates.data(), layers, INFL_COVARIANCE_F32, nullptr, 0, nullptr));
    for (size_t n = 0; n < layers; ++n) {
      std::vector<double> expected = exact(updates[n].rows);
      CHECK(test::distance(sums[n]->sum(INFL_COVARIANCE_F32), expected) < 1e-6);
    }
  });
}

TEST(covariance_blocks) {
  Random random(test::seed);
  const int rows = 30, columns = 10;
  Buffer<float> data(rows * columns);
  test::fill_normal(data, random);
  infl_rows all{data.data(), nullptr, 0, columns, INFL_F32, rows, columns, 1};
  Sum<float> first(4), second(7);
  infl_rows left = all, right = all;
  left.columns = 4;
  left.homogeneous = 0;
  right.offset = 4;
  right.columns = 6;
  infl_covariance_update updates[] = {first.update(left), second.update(right)};
  CHECK_OK(infl_cuda_covariance_accumulate(updates, 2, INFL_COVARIANCE_F32, nullptr, 0, nullptr));
  std::vector<double> full = exact(all), a = first.sum(INFL_COVARIANCE_F32), b = second.sum(INFL_COVARIANCE_F32);
  double most = 0;
  for (size_t i = 0; i < 7; ++i) {
    for (size_t j = 0; j < 7; ++j) {
      most = std::max(most, std::fabs(b[i * 7 + j] - full[(i + 4) * 11 + j + 4]));
      if (i < 4 && j < 4) most = std::max(most, std::fabs(a[i * 4 + j] - full[i * 11 + j]));
    }
  }
  CHECK(most < 1e-5);
}

// Large tiles are chosen for large layers only; here they are launched directly.
TEST(covariance_large_tile) {
  test::in_all_schedules([] {
    Random random(test::seed);
    const int rows = 37, columns = 150;
    Buffer<float> data(rows * columns);
    test::fill_normal(data, random);
    for (int ones = 0; ones < 2; ++ones) {
      Sum<float> large(columns + ones), small(columns + ones);
      infl_rows view{data.data(), nullptr, 0, columns, INFL_F32, rows, columns, ones};
      CovarianceLaunch batch{};
      batch.count = 1;
      batch.jobs[0] = {view, large.master.data(), large.partial.data(), nullptr, 0, columns + ones, 1,
          heuristics::segment_rows(INFL_COVARIANCE_F32), 0};
      batch.first_block[1] = 3;
      CHECK_OK(launch_tiles<float>(batch, 128, false, nullptr));
      Device device;
      current_device(&device);
      CHECK_OK(launch_reduce(batch, INFL_COVARIANCE_F32, device, nullptr));
      accumulate(small, view, INFL_COVARIANCE_F32, false);
      CHECK(large.sum(INFL_COVARIANCE_F32) == small.sum(INFL_COVARIANCE_F32));
    }
  });
}

TEST(covariance_arguments) {
  CHECK(infl_cuda_covariance_accumulate(nullptr, 0, INFL_COVARIANCE_F32, nullptr, 0, nullptr) == cudaSuccess);
  CHECK(infl_cuda_covariance_accumulate(nullptr, 1, INFL_COVARIANCE_F32, nullptr, 0, nullptr) == cudaErrorInvalidValue);
  CHECK(infl_cuda_covariance_accumulate(nullptr, 0, 7, nullptr, 0, nullptr) == cudaErrorInvalidValue);
}

TEST(covariance_of_many) {
  for (int32_t many : test::kMany) {
    test::Counted counted;
    for (int32_t path = INFL_COVARIANCE_F32; path <= INFL_COVARIANCE_F16; ++path) {
      infl_rows rows{test::nowhere<void>(), nullptr, 0, 1, INFL_F32, many, 1, 1};
      infl_covariance_update u{rows, test::nowhere<double>(), test::nowhere<void>(), 0};
      int64_t bytes = infl_cuda_covariance_workspace(&u, 1, path);
      CHECK_OK(infl_cuda_covariance_accumulate(&u, 1, path, test::nowhere<void>(), bytes, nullptr));
      std::vector<infl_covariance_update> updates(1000, u);
      CHECK_OK(infl_cuda_covariance_accumulate(updates.data(), 1000, path, nullptr, 0, nullptr));
      CHECK_OK(infl_cuda_covariance_sum(u.master, u.partial, path, 40'000, test::nowhere<double>(), nullptr));
    }
    CHECK(counted.launches > 15);
  }
}
