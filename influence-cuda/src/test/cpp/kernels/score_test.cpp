/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "score.cu"
#include "score_rows.cu"
#include "support.h"

using test::Buffer;
using test::Examples;
using test::Random;

namespace {

template <class A>
void check_scores(const std::vector<int>& rows, int outputs, int inputs, int queries, int pad, size_t shift) {
  using T = ElementOf<A>;
  Random random(test::seed);
  Examples<T> x(rows, outputs, inputs, random, pad, shift);
  const size_t size = static_cast<size_t>(outputs * inputs), examples = static_cast<size_t>(x.view.examples);
  const size_t all_rows = static_cast<size_t>(x.view.rows), q_count = static_cast<size_t>(queries);
  Buffer<T> v(size * q_count, shift);
  test::fill_normal(v, random);
  test::round_as<A>(x.gradients);
  test::round_as<A>(x.activations);
  test::round_as<A>(v);

  std::vector<double> exact(q_count * examples), exact_rows(q_count * all_rows);
  for (size_t q = 0; q < q_count; ++q) {
    for (size_t e = 0; e < examples; ++e) {
      for (int r = x.begin(static_cast<int>(e)); r < x.end(static_cast<int>(e)); ++r) {
        long double sum = 0;
        for (int p = 0; p < outputs; ++p) {
          for (int m = 0; m < inputs; ++m) {
            sum += static_cast<long double>(x.s(r, p)) * v[q * size + static_cast<size_t>(p * inputs + m)] * x.a(r, m);
          }
        }
        exact_rows[q * all_rows + static_cast<size_t>(r)] = static_cast<double>(sum);
        exact[q * examples + e] += static_cast<double>(sum);
      }
    }
  }

  // (a)
  int64_t bytes = infl_cuda_score_workspace(&x.view, queries);
  Buffer<char> scratch(static_cast<size_t>(bytes));
  Buffer<double> scores(q_count * examples), naive(scores.size());
  CHECK_OK(infl_cuda_score(test::kPrecision<A>, &x.view, v.data(), queries, scores.data(), scratch.data(), bytes,
      nullptr));
  test::run_naive(score_naive<T>, static_cast<int64_t>(naive.size()), x.view, v.data(), queries, naive.data());
  CHECK_AS_GOOD(scores.doubles(), naive.doubles(), exact, test::kUnit<T>);

  // (b)
  bytes = infl_cuda_score_rows_workspace(&x.view, queries);
  Buffer<char> rows_scratch(static_cast<size_t>(bytes));
  Buffer<double> by_row(q_count * all_rows), naive_rows(by_row.size()), sums(scores.size()), sums_only(scores.size());
  CHECK_OK(infl_cuda_score_rows(test::kPrecision<A>, &x.view, v.data(), queries, by_row.data(), sums.data(),
      rows_scratch.data(), bytes, nullptr));
  test::run_naive(rows_naive<T>, static_cast<int64_t>(naive_rows.size()), x.view, v.data(), queries, naive_rows.data());
  CHECK_AS_GOOD(by_row.doubles(), naive_rows.doubles(), exact_rows, test::kUnit<T>);
  CHECK_AS_GOOD(sums.doubles(), naive.doubles(), exact, test::kUnit<T>);
  CHECK_OK(infl_cuda_score_rows(test::kPrecision<A>, &x.view, v.data(), queries, nullptr, sums_only.data(),
      rows_scratch.data(), bytes, nullptr));
  CHECK(sums.doubles() == sums_only.doubles());
}

template <class A>
void check_low_rank(const std::vector<int>& rows, int outputs, int inputs, int queries, int rank, int pad) {
  using T = ElementOf<A>;
  Random random(test::seed);
  Examples<T> x(rows, outputs, inputs, random, pad);
  const size_t examples = static_cast<size_t>(x.view.examples), all_rows = static_cast<size_t>(x.view.rows);
  const size_t q_count = static_cast<size_t>(queries);
  Buffer<T> left(static_cast<size_t>(queries * outputs * rank)), right(static_cast<size_t>(queries * inputs * rank));
  test::fill_normal(left, random);
  test::fill_normal(right, random);
  test::round_as<A>(x.gradients);
  test::round_as<A>(x.activations);
  test::round_as<A>(left);
  test::round_as<A>(right);
  std::vector<double> exact(q_count * examples), exact_rows(q_count * all_rows);
  for (int q = 0; q < queries; ++q) {
    for (int e = 0; e < x.view.examples; ++e) {
      for (int r = x.begin(e); r < x.end(e); ++r) {
        long double sum = 0;
        for (int k = 0; k < rank; ++k) {
          long double u = 0, w = 0;
          for (int p = 0; p < outputs; ++p) {
            u += static_cast<long double>(x.s(r, p)) * left[static_cast<size_t>((q * outputs + p) * rank + k)];
          }
          for (int m = 0; m < inputs; ++m) {
            w += static_cast<long double>(x.a(r, m)) * right[static_cast<size_t>((q * inputs + m) * rank + k)];
          }
          sum += u * w;
        }
        exact_rows[static_cast<size_t>(q) * all_rows + static_cast<size_t>(r)] = static_cast<double>(sum);
        exact[static_cast<size_t>(q) * examples + static_cast<size_t>(e)] += static_cast<double>(sum);
      }
    }
  }
  int64_t bytes = infl_cuda_score_rows_low_rank_workspace(&x.view, queries, rank);
  Buffer<char> scratch(static_cast<size_t>(bytes));
  Buffer<double> by_row(q_count * all_rows), naive_rows(by_row.size()), sums(q_count * examples),
      sums_only(sums.size());
  CHECK_OK(infl_cuda_score_rows_low_rank(test::kPrecision<A>, &x.view, left.data(), right.data(), rank, queries,
      by_row.data(), sums.data(), nullptr, 0, nullptr));
  test::run_naive(rows_low_rank_naive<T>, static_cast<int64_t>(naive_rows.size()), x.view, left.data(), right.data(),
      rank, queries, naive_rows.data());
  CHECK_AS_GOOD(by_row.doubles(), naive_rows.doubles(), exact_rows, test::kUnit<T>);
  std::vector<double> naive_sums(exact.size());
  for (size_t q = 0; q < q_count; ++q) {
    for (int e = 0; e < x.view.examples; ++e) {
      for (int r = x.begin(e); r < x.end(e); ++r) {
        naive_sums[q * examples + static_cast<size_t>(e)] += naive_rows[q * all_rows + static_cast<size_t>(r)];
      }
    }
  }
  CHECK_AS_GOOD(sums.doubles(), naive_sums, exact, test::kUnit<T>);
  CHECK_OK(infl_cuda_score_rows_low_rank(test::kPrecision<A>, &x.view, left.data(), right.data(), rank, queries,
      nullptr, sums_only.data(), scratch.data(), bytes, nullptr));
  CHECK(sums.doubles() == sums_only.doubles());
}

}  // namespace

TEST(score) {
  test::in_all_schedules([] {
    check_scores<float>({1}, 1, 1, 1, 0, 0);
    check_scores<float>({0, 5, 0, 1, 40, 0}, 3, 9, 4, 1, 1);
    check_scores<float>({16, 17, 1}, 17, 66, 3, 0, 0);
    check_scores<float>({3, 0}, 65, 64, 2, 4, 0);
    check_scores<float>({1, 1, 1, 1}, 8, 33, 35, 0, 0);  // more queries than slots
    check_scores<float>({7, 2}, 20, 261, 2, 3, 0);       // the larger tile of rows
    check_scores<double>({0, 5, 19}, 5, 7, 2, 0, 0);
    check_scores<double>({2, 1}, 66, 65, 2, 1, 1);
  });
}

TEST(score_tensor) {
  test::in_all_schedules([] {
    check_scores<Tf32Path>({1}, 1, 1, 1, 0, 0);
    check_scores<Tf32Path>({0, 5, 0, 1, 140, 0}, 20, 140, 3, 4, 0);
    check_scores<Tf32Path>({3, 2}, 9, 6, 35, 0, 0);  // more queries than slots
    check_scores<Bf16Path>({7, 2}, 133, 70, 2, 1, 1);
  });
}

TEST(score_low_rank_tensor) {
  test::in_all_schedules([] {
    check_low_rank<Tf32Path>({0, 5, 0, 140, 7}, 7, 20, 5, 3, 1);
    check_low_rank<Tf32Path>({2, 1}, 40, 36, 2, 75, 0);
    check_low_rank<Bf16Path>({2, 2}, 5, 37, 130, 1, 0);  // more than one group of queries
    check_low_rank<Bf16Path>({3, 4}, 33, 17, 9, 8, 0);
  });
}

namespace {

// Sides and queries are rounded; what S V is multiplied by is not.
template <class A>
void check_rounding() {
  Random random(test::seed);
  Examples<float> x({2, 3}, 5, 9, random);
  Buffer<float> v(45), left(15), right(27);
  for (Buffer<float>* b : {&v, &left, &right}) test::fill_normal(*b, random);
  Buffer<char> scratch(1 << 12);
  auto dense = [&](int32_t precision) {
    Buffer<double> rows(5);
    CHECK_OK(infl_cuda_score_rows(
        precision, &x.view, v.data(), 1, rows.data(), nullptr, scratch.data(), 1 << 12, nullptr));
    return rows.doubles();
  };
  auto low_rank = [&](int32_t precision) {
    Buffer<double> rows(5);
    CHECK_OK(infl_cuda_score_rows_low_rank(
        precision, &x.view, left.data(), right.data(), 3, 1, rows.data(), nullptr, nullptr, 0, nullptr));
    return rows.doubles();
  };
  std::vector<double> given = dense(test::kPrecision<A>), given_low = low_rank(test::kPrecision<A>);
  CHECK(given != dense(INFL_F32) && given_low != low_rank(INFL_F32));
  for (Buffer<float>* b : {&v, &left, &right, &x.gradients}) test::round_as<A>(*b);
  CHECK(given == dense(test::kPrecision<A>));
  test::round_as<A>(x.activations);
  CHECK(given != dense(test::kPrecision<A>) && given_low == low_rank(test::kPrecision<A>));
}

}  // namespace

TEST(score_tensor_rounding) {
  check_rounding<Tf32Path>();
  check_rounding<Bf16Path>();
}

TEST(score_low_rank) {
  test::in_all_schedules([] {
    check_low_rank<float>({1}, 1, 1, 1, 1, 0);
    check_low_rank<float>({0, 5, 0, 60, 7}, 7, 20, 5, 3, 1);
    check_low_rank<float>({3, 4}, 33, 17, 9, 8, 0);
    check_low_rank<float>({3, 4}, 70, 66, 2, 64, 0);
    check_low_rank<float>({2, 1}, 100, 80, 2, 75, 0);
    check_low_rank<float>({2, 2}, 5, 5, 130, 1, 0);  // more than one group of queries
    check_low_rank<double>({5, 19}, 9, 16, 3, 5, 1);
    check_low_rank<double>({1}, 40, 30, 2, 33, 0);
  });
}

// A row's score must not depend on the rows around it.
static void check_neighbours(int32_t precision) {
  Random random(test::seed);
  Examples<float> x({70, 1, 65}, 20, 300, random);
  Buffer<float> v(6000);
  test::fill_normal(v, random);
  Buffer<char> scratch(1 << 20);
  Buffer<double> rows(136), one(1), scores(3), alone(1);
  CHECK_OK(infl_cuda_score_rows(precision, &x.view, v.data(), 1, rows.data(), nullptr, scratch.data(), 1 << 20,
      nullptr));
  CHECK_OK(infl_cuda_score(precision, &x.view, v.data(), 1, scores.data(), scratch.data(), 1 << 20, nullptr));
  for (int r : {0, 63, 64, 70, 135}) {
    infl_examples single = x.view;
    single.gradients = &x.gradients[static_cast<size_t>(r * 20)];
    single.activations = &x.activations[static_cast<size_t>(r * 300)];
    single.rows = single.examples = 1;
    single.offsets = nullptr;
    CHECK_OK(infl_cuda_score_rows(precision, &single, v.data(), 1, one.data(), nullptr, scratch.data(), 1 << 20,
        nullptr));
    CHECK(one[0] == rows[static_cast<size_t>(r)]);
    if (r == 70) {
      CHECK_OK(infl_cuda_score(precision, &single, v.data(), 1, alone.data(), scratch.data(), 1 << 20, nullptr));
      CHECK(alone[0] == scores[1]);
    }
  }
}

TEST(score_neighbours) {
  for (int32_t precision : test::kProducts) {
    if (precision != INFL_F64) check_neighbours(precision);
  }
}

TEST(score_of_many) {
  for (int32_t many : test::kMany) {
    test::Counted counted;
    void* p = test::nowhere<void>();
    double* d = test::nowhere<double>();
    for (int32_t type : test::kProducts) {
      for (bool offsets : {false, true}) {
        infl_examples e = test::single_rows(many, offsets);
        int64_t bytes = infl_cuda_score_workspace(&e, 32);
        CHECK_OK(infl_cuda_score(type, &e, p, 32, d, d, bytes, nullptr));
        bytes = infl_cuda_score_rows_workspace(&e, 32);
        CHECK_OK(infl_cuda_score_rows(type, &e, p, 32, d, d, d, bytes, nullptr));
        CHECK_OK(infl_cuda_score_rows_low_rank(type, &e, p, p, 64, 32, d, d, d, 0, nullptr));
      }
    }
    CHECK(counted.launches == 56);
  }
}
