/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "gemm.cu"
#include "support.h"
#include "topk.cu"

#include <algorithm>

using test::Buffer;
using test::Random;

template <class A>
static void check_gemm(int m, int n, int k, int flags, int batch) {
  using T = ElementOf<A>;
  Random random(test::seed);
  int transpose_a = flags & 1, transpose_b = flags >> 1 & 1, pad = flags & 4 ? 3 : 0;
  int64_t lda = (transpose_a ? m : k) + pad, ldb = (transpose_b ? k : n) + pad, ldc = n + pad;
  int64_t a_size = lda * (transpose_a ? k : m), b_size = ldb * (transpose_b ? n : k), c_size = ldc * m;
  size_t shift = flags & 8 ? 1 : 0;
  Buffer<T> a(static_cast<size_t>(a_size * batch), shift), b(static_cast<size_t>(b_size), shift),
      c(static_cast<size_t>(c_size * batch)), slow(c.size());
  test::fill_normal(a, random);
  test::fill_normal(b, random);
  test::round_as<A>(a);
  test::round_as<A>(b);
  c.fill(0);
  slow.fill(0);
  CHECK_OK(infl_cuda_gemm(test::kPrecision<A>, transpose_a, transpose_b, m, n, k, a.data(), lda, a_size, b.data(), ldb,
      0, c.data(), ldc, c_size, batch, nullptr));
  Gemm g{m, n, k, batch, transpose_a, transpose_b, a.data(), b.data(), slow.data(), lda, ldb, ldc, a_size, 0, c_size};
  if (m * n > 0) {
    simt::launch("naive", gemm_naive<T>, dim3(static_cast<unsigned>((m * n + 63) / 64), static_cast<unsigned>(batch)),
        64, 0, g);
  }
  if constexpr (std::is_arithmetic_v<A>) CHECK(c.doubles() == slow.doubles());  // the same chains of multiply-adds
  std::vector<double> exact(c.size());
  for (int64_t e = 0; e < batch; ++e) {
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        long double sum = 0;
        for (int64_t l = 0; l < k; ++l) {
          sum += static_cast<long double>(a[static_cast<size_t>(e * a_size +
              (transpose_a ? l * lda + i : i * lda + l))]) *
              static_cast<long double>(b[static_cast<size_t>(transpose_b ? j * ldb + l : l * ldb + j)]);
        }
        exact[static_cast<size_t>(e * c_size + i * ldc + j)] = static_cast<double>(sum);
      }
    }
  }
  CHECK_AS_GOOD(c.doubles(), slow.doubles(), exact, test::kUnit<T>);
}

TEST(gemm) {
  test::in_all_schedules([] {
    for (int flags = 0; flags < 16; ++flags) {
      check_gemm<float>(1, 1, 1, flags, 1);
      check_gemm<float>(17, 65, 33, flags, 2);
      check_gemm<double>(65, 5, 16, flags, 1);
    }
    check_gemm<float>(3, 4, 0, 0, 2);
    check_gemm<float>(64, 64, 32, 0, 1);
    check_gemm<double>(64, 66, 32, 3, 2);
  });
}

TEST(gemm_tensor) {
  test::in_all_schedules([] {
    for (int flags = 0; flags < 16; ++flags) {
      check_gemm<Tf32Path>(17, 65, 33, flags, 2);
      check_gemm<Bf16Path>(5, 12, 32, flags, 1);
    }
    check_gemm<Tf32Path>(131, 140, 9, 0, 1);
    check_gemm<Bf16Path>(140, 131, 18, 3, 1);
    check_gemm<Tf32Path>(3, 4, 0, 0, 2);
  });
}

// Operands are rounded.
template <class A>
static void check_gemm_rounding() {
  Random random(test::seed);
  Buffer<float> a(20), b(20), given(1), full(1), rounded(1);
  test::fill_normal(a, random);
  test::fill_normal(b, random);
  auto multiply = [&](int32_t precision, Buffer<float>& c) {
    CHECK_OK(infl_cuda_gemm(precision, 0, 1, 1, 1, 20, a.data(), 20, 0, b.data(), 20, 0, c.data(), 1, 1, 1, nullptr));
  };
  multiply(test::kPrecision<A>, given);
  multiply(INFL_F32, full);
  test::round_as<A>(a);
  test::round_as<A>(b);
  multiply(test::kPrecision<A>, rounded);
  CHECK(given[0] == rounded[0] && given[0] != full[0]);
}

TEST(gemm_tensor_rounding) {
  check_gemm_rounding<Tf32Path>();
  check_gemm_rounding<Bf16Path>();
}

// What rounding does not help: other functions, other codes, older devices.
TEST(gemm_tensor_refused) {
  Buffer<float> x(1);
  x.fill(1);
  CHECK(infl_cuda_scale(INFL_TF32_PRODUCTS, x.data(), x.data(), x.data(), 1, 1, nullptr) == cudaErrorInvalidValue);
  auto multiply = [&](int32_t precision) {
    return infl_cuda_gemm(precision, 0, 0, 1, 1, 1, x.data(), 1, 0, x.data(), 1, 0, x.data(), 1, 0, 1, nullptr);
  };
  CHECK(multiply(INFL_BF16) == cudaErrorInvalidValue);
  int capability = std::exchange(simt::machine().capability, 75);
  CHECK(multiply(INFL_BF16_PRODUCTS) == cudaErrorNotSupported);
  simt::machine().capability = capability;
}

TEST(gemm_large_tile) {
  test::in_all_schedules([] {
    Random random(test::seed);
    for (int flags = 0; flags < 4; ++flags) {
      const int m = 131, n = 130, k = 19;
      Buffer<float> a(m * k), b(n * k), c(m * n), slow(m * n);
      test::fill_normal(a, random);
      test::fill_normal(b, random);
      Gemm g{m, n, k, 1, flags & 1, flags >> 1, a.data(), b.data(), c.data(), flags & 1 ? m : k, flags & 2 ? k : n, n, 0,
          0, 0};
      CHECK_OK(launch("gemm_tile", gemm_tile<float, 128>, 4, kTileThreads, 0, nullptr, g));
      g.c = slow.data();
      test::run_naive(gemm_naive<float>, m * n, g);
      CHECK(c.doubles() == slow.doubles());
    }
  });
}

// More matrices than a grid has places in y or z are no bad argument. That launches have x alone: launch_limits.
TEST(gemm_of_many_matrices) {
  CHECK_OK(infl_cuda_gemm(INFL_F32, 0, 0, 0, 1, 1, nullptr, 1, 1, nullptr, 1, 0, nullptr, 1, 1, 65'537, nullptr));
  const int batch = 257;
  Buffer<float> a(batch), b(1), c(batch);
  for (int i = 0; i < batch; ++i) a[static_cast<size_t>(i)] = static_cast<float>(i);
  b[0] = 2;
  CHECK_OK(infl_cuda_gemm(INFL_F32, 0, 0, 1, 1, 1, a.data(), 1, 1, b.data(), 1, 0, c.data(), 1, 1, batch, nullptr));
  bool right = true;
  for (int i = 0; i < batch; ++i) right &= c[static_cast<size_t>(i)] == 2.f * static_cast<float>(i);
  CHECK(right);
}

// Streams scores in pieces of several sizes and compares with sorting everything.
static void check_topk(int n, int k, int piece, bool with_ids, double step, int sign = 1) {
  Random random(test::seed);
  const int queries = 2;
  Buffer<double> scores(static_cast<size_t>(queries * n)), values(static_cast<size_t>(queries * k)),
      slow_values(values.size());
  Buffer<int64_t> ids(values.size()), slow_ids(values.size()), example_ids(static_cast<size_t>(n));
  for (size_t i = 0; i < scores.size(); ++i) {
    double x = test::normal(random);
    scores[i] = step > 0 ? std::round(x / step) * step : x;  // with ties
    if (i % 97 == 5) scores[i] = NAN;
    if (i % 89 == 5) scores[i] = -INFINITY;
    if (i % 1009 == 7) scores[i] = INFINITY;
  }
  for (int i = 0; i < n; ++i) {
    example_ids[static_cast<size_t>(i)] = with_ids ? (i * 7919LL) % n + 5'000'000'000LL : i + 100;
  }
  CHECK_OK(infl_cuda_topk_clear(values.data(), ids.data(), queries, k, nullptr));
  CHECK_OK(infl_cuda_topk_clear(slow_values.data(), slow_ids.data(), queries, k, nullptr));
  for (int first = 0; first < n; first += piece) {
    int count = std::min(piece, n - first);
    const int64_t* given = with_ids ? example_ids.data() + first : nullptr;
    CHECK_OK(infl_cuda_topk_update(scores.data() + first, n, count, sign, given, first + 100, values.data(), ids.data(),
        queries, k, nullptr));
  }
  simt::launch("naive", topk_naive, queries, 1, 0, scores.data(), int64_t{n}, n, sign,
      with_ids ? example_ids.data() : nullptr, int64_t{100}, slow_values.data(), slow_ids.data(), k);
  bool same = true;
  for (size_t q = 0; q < queries; ++q) {
    std::vector<std::pair<double, int64_t>> all;
    for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
      double v = sign * scores[q * static_cast<size_t>(n) + i];
      if (v == v) all.push_back({-v, example_ids[i]});
    }
    std::sort(all.begin(), all.end());
    for (size_t i = 0; i < static_cast<size_t>(k); ++i) {
      size_t at = q * static_cast<size_t>(k) + i;
      double v = i < all.size() ? -all[i].first : -INFINITY;
      int64_t id = i < all.size() ? all[i].second : -1;
      same &= values[at] == v && ids[at] == id && slow_values[at] == v && slow_ids[at] == id;
    }
  }
  CHECK(same);
}

TEST(topk) {
  test::in_all_schedules([] {
    check_topk(1, 1, 1, false, 0);
    check_topk(10, 20, 3, false, 0);
    check_topk(2500, 7, 2500, false, 0.1);
    check_topk(2500, 20, 400, true, 0.5);
    check_topk(2500, 20, 400, true, 0.5, -1);
    check_topk(3000, 1024, 1500, false, 0);
    check_topk(1100, 1000, 1100, true, 0.01);
  });
}

TEST(topk_descending_and_ascending) {
  for (int sign : {1, -1}) {
    Buffer<double> scores(5000), values(3);
    Buffer<int64_t> ids(3);
    for (int i = 0; i < 5000; ++i) scores[static_cast<size_t>(i)] = sign * i;
    CHECK_OK(infl_cuda_topk_clear(values.data(), ids.data(), 1, 3, nullptr));
    CHECK_OK(infl_cuda_topk_update(scores.data(), 5000, 5000, 1, nullptr, 0, values.data(), ids.data(), 1, 3, nullptr));
    CHECK(ids[0] == (sign > 0 ? 4999 : 0) && ids[2] == (sign > 0 ? 4997 : 2));
  }
  CHECK(infl_cuda_topk_update(nullptr, 0, 0, 1, nullptr, 0, nullptr, nullptr, 1, 1025,
      nullptr) == cudaErrorInvalidValue);
  CHECK(infl_cuda_topk_update(nullptr, 0, 0, 0, nullptr, 0, nullptr, nullptr, 1, 3, nullptr) == cudaErrorInvalidValue);
}

// Runs of examples in their columns, more elements than a grid has threads.
TEST(add_scores) {
  test::in_all_schedules([] {
    Random random(test::seed);
    for (int n : {1, 7, 700}) {
      const int queries = 3, ld = 2 * n + 1;
      Buffer<double> part(static_cast<size_t>(queries * n)), sums(static_cast<size_t>(queries * ld));
      test::fill_normal(part, random);
      test::fill_normal(sums, random);
      std::vector<double> expected = sums.doubles();
      for (int q = 0; q < queries; ++q) {
        for (int i = 0; i < n; ++i) {
          expected[static_cast<size_t>(q * ld + n + i)] += part[static_cast<size_t>(q * n + i)];
        }
      }
      CHECK_OK(infl_cuda_add_scores(part.data(), queries, n, sums.data(), ld, n, nullptr));
      CHECK(sums.doubles() == expected);
    }
  });
  CHECK_OK(infl_cuda_add_scores(nullptr, 0, 3, nullptr, 3, 0, nullptr));
  CHECK(infl_cuda_add_scores(nullptr, 1, 3, nullptr, 3, 1, nullptr) == cudaErrorInvalidValue);
}

TEST(products_of_many) {
  for (int32_t many : test::kMany) {
    test::Counted counted;
    for (int32_t type : test::kProducts) {
      void* p = test::nowhere<void>();
      CHECK_OK(infl_cuda_gemm(type, 0, 0, 1, 1, 1, p, 1, 1, p, 1, 0, p, 1, 1, many, nullptr));
      CHECK_OK(infl_cuda_gemm(type, 0, 0, many, 1, 1, p, 1, 0, p, 1, 0, p, 1, 0, 1, nullptr));
    }
    double* d = test::nowhere<double>();
    int64_t* ids = test::nowhere<int64_t>();
    CHECK_OK(infl_cuda_topk_clear(d, ids, many, 1, nullptr));
    CHECK_OK(infl_cuda_topk_update(d, 1, 1, 1, nullptr, 0, d, ids, many, 1, nullptr));
    CHECK_OK(infl_cuda_add_scores(d, many, many, d, many, 0, nullptr));
    CHECK(counted.launches == 11);
  }
}
