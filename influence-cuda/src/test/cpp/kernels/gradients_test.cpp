/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "dense.cu"
#include "gradients.cu"
#include "support.h"

using test::Buffer;
using test::Examples;
using test::Random;

namespace {

// Numbers of rows that hit empty examples at both ends and in the middle, single rows, and stages filled exactly and
// not.
const std::vector<std::vector<int>> kRuns =
    {{1}, {0}, {0, 3, 0, 1, 16, 17, 0}, {15, 1, 32, 5}, {1, 1, 1, 1, 1}, {33, 0, 0, 31}};

template <class A>
void check_gradients(const std::vector<int>& rows, int outputs, int inputs, int pad, size_t shift) {
  using T = ElementOf<A>;
  Random random(test::seed);
  Examples<T> x(rows, outputs, inputs, random, pad, shift);
  test::round_as<A>(x.gradients);
  test::round_as<A>(x.activations);
  const size_t size = static_cast<size_t>(outputs * inputs);
  const int examples = x.view.examples;
  std::vector<std::vector<long double>> exact;
  for (int e = 0; e < examples; ++e) exact.push_back(x.exact(e));

  // Written.
  Buffer<T> fast(size * static_cast<size_t>(examples)), naive(fast.size());
  CHECK_OK(infl_cuda_gradients(test::kPrecision<A>, &x.view, fast.data(), nullptr));
  test::run_naive(gradients_naive<T>, static_cast<int64_t>(fast.size()), x.view, naive.data());
  if constexpr (std::is_arithmetic_v<A>) {
    CHECK(fast.doubles() == naive.doubles());  // the same chains of multiply-adds
  } else {
    std::vector<double> formed;
    for (const std::vector<long double>& g : exact) formed.insert(formed.end(), g.begin(), g.end());
    CHECK_AS_GOOD(fast.doubles(), naive.doubles(), formed, test::kUnit<A>);
  }

  // Squared and added up: by tiles, and through the workspace; sums that were there before are kept.
  std::vector<long double> sums_of_squares(size, 0.25);
  for (const std::vector<long double>& g : exact) {
    for (size_t i = 0; i < size; ++i) sums_of_squares[i] += g[i] * g[i];
  }
  std::vector<double> squares(sums_of_squares.begin(), sums_of_squares.end());
  Buffer<double> tiles(size), formed(size), slow(size);
  tiles.fill(0.25);
  formed.fill(0.25);
  slow.fill(0.25);
  CHECK_OK(infl_cuda_squares(test::kPrecision<A>, &x.view, tiles.data(), nullptr, 0, nullptr));
  int64_t bytes = infl_cuda_squares_workspace(test::kPrecision<A>, &x.view);
  Buffer<char> scratch(static_cast<size_t>(bytes));
  CHECK_OK(infl_cuda_squares(test::kPrecision<A>, &x.view, formed.data(), scratch.data(), bytes, nullptr));
  test::run_naive(squares_naive<T>, static_cast<int64_t>(size), x.view, slow.data());
  CHECK_AS_GOOD(tiles.doubles(), slow.doubles(), squares, test::kUnit<T>);
  CHECK(tiles.doubles() == formed.doubles());

  // Weighted, two at a time.
  Buffer<T> w0(size), w1(size);
  test::fill_normal(w0, random);
  test::fill_normal(w1, random);
  for (size_t i = 0; i < size; ++i) {  // reciprocals of damped eigenvalues are positive
    w0[i] = std::fabs(w0[i]);
    w1[i] = std::fabs(w1[i]);
  }
  const void* weights[] = {w0.data(), w1.data()};
  Buffer<double> out(2 * static_cast<size_t>(examples)), dense_out(out.size()), slow_out(out.size());
  bytes = infl_cuda_weighted_squares_workspace(&x.view, 2);
  Buffer<char> partial(static_cast<size_t>(bytes));
  CHECK_OK(infl_cuda_weighted_squares(test::kPrecision<A>, &x.view, weights, 2, out.data(), partial.data(), bytes,
      nullptr));
  bytes = infl_cuda_dense_weighted_squares_workspace(examples, static_cast<int64_t>(size), 2);
  Buffer<char> dense_partial(static_cast<size_t>(bytes));
  CHECK_OK(infl_cuda_dense_weighted_squares(test::kPrecision<T>, fast.data(), examples, static_cast<int64_t>(size),
      weights, 2, dense_out.data(), dense_partial.data(), bytes, nullptr));
  test::run_naive(weighted_squares_naive<T>, examples, x.view, w0.data(), slow_out.data());
  test::run_naive(weighted_squares_naive<T>, examples, x.view, w1.data(), slow_out.data() + examples);
  std::vector<double> weighted;
  for (Buffer<T>* w : {&w0, &w1}) {
    for (const std::vector<long double>& g : exact) {
      long double sum = 0;
      for (size_t i = 0; i < size; ++i) sum += (*w)[i] * g[i] * g[i];
      weighted.push_back(static_cast<double>(sum));
    }
  }
  CHECK_AS_GOOD(out.doubles(), slow_out.doubles(), weighted, test::kUnit<T>);
  CHECK_AS_GOOD(dense_out.doubles(), slow_out.doubles(), weighted, test::kUnit<T>);

  // Added to targets, with some skipped.
  const int queries = 3;
  Buffer<int32_t> targets(static_cast<size_t>(examples));
  for (int e = 0; e < examples; ++e) targets[static_cast<size_t>(e)] = e % 4 == 3 ? -1 : e / 2 % queries;
  Buffer<T> sums(size * queries), dense_sums(sums.size()), slow_sums(sums.size());
  for (Buffer<T>* b : {&sums, &dense_sums, &slow_sums}) b->fill(1);
  CHECK_OK(infl_cuda_accumulate_gradients(test::kPrecision<A>, &x.view, targets.data(), queries, sums.data(), nullptr));
  CHECK_OK(infl_cuda_dense_accumulate(test::kPrecision<T>, fast.data(), examples, static_cast<int64_t>(size),
      targets.data(), queries, dense_sums.data(), nullptr));
  test::run_naive(accumulate_naive<T>, static_cast<int64_t>(size), x.view, targets.data(), slow_sums.data());
  if constexpr (std::is_arithmetic_v<A>) CHECK(sums.doubles() == slow_sums.doubles());
  CHECK(sums.doubles() == dense_sums.doubles());

  // Squares of gradients in memory.
  Buffer<double> dense_squares_sum(size);
  dense_squares_sum.fill(0.25);
  CHECK_OK(infl_cuda_dense_squares(test::kPrecision<T>, fast.data(), examples, static_cast<int64_t>(size),
      dense_squares_sum.data(), nullptr));
  CHECK_AS_GOOD(dense_squares_sum.doubles(), slow.doubles(), squares, test::kUnit<T>);
}

}  // namespace

TEST(gradients) {
  test::in_all_schedules([] {
    for (size_t n = 0; n < kRuns.size(); ++n) {
      int pad = static_cast<int>(n % 3), size = static_cast<int>(n) * 13;
      check_gradients<float>(kRuns[n], 1 + size, 70 - size, pad, n % 2);
      check_gradients<double>(kRuns[n], 7, 1 + size, pad, n % 2);
      check_gradients<float>(kRuns[n], 4, 64, 0, 0);
    }
    check_gradients<float>({2, 3}, 65, 129, 3, 0);
    check_gradients<double>({1, 18}, 64, 66, 0, 0);
  });
}

TEST(gradients_tensor) {
  test::in_all_schedules([] {
    check_gradients<Tf32Path>({1}, 1, 1, 0, 0);
    check_gradients<Tf32Path>(kRuns[2], 130, 67, 2, 1);
    check_gradients<Tf32Path>({15, 1, 32, 5}, 4, 132, 0, 0);
    check_gradients<Tf32Path>({9, 2, 1, 1, 1, 1, 2}, 3, 5, 0, 0);  // two runs of a target
    check_gradients<Bf16Path>(kRuns[2], 67, 130, 0, 0);
    check_gradients<Bf16Path>({33, 0, 0, 31}, 129, 3, 1, 1);
  });
}

namespace {

// Operands are rounded, but not those of an example of one row, which has no sum.
template <class A>
void check_rounding() {
  Random random(test::seed);
  Examples<float> x({1, 19, 1, 2}, 5, 70, random);
  const size_t size = 350;
  Buffer<float> given(4 * size), rounded(4 * size), full(4 * size);
  CHECK_OK(infl_cuda_gradients(test::kPrecision<A>, &x.view, given.data(), nullptr));
  CHECK_OK(infl_cuda_gradients(INFL_F32, &x.view, full.data(), nullptr));
  test::round_as<A>(x.gradients);
  test::round_as<A>(x.activations);
  CHECK_OK(infl_cuda_gradients(test::kPrecision<A>, &x.view, rounded.data(), nullptr));
  bool same = true, differ = false;
  for (size_t i = 0; i < given.size(); ++i) {
    bool one_row = i / size % 2 == 0;
    same &= given[i] == (one_row ? full[i] : rounded[i]);
    differ |= !one_row && given[i] != full[i];
  }
  CHECK(same && differ);
}

}  // namespace

TEST(gradients_tensor_rounding) {
  check_rounding<Tf32Path>();
  check_rounding<Bf16Path>();
}

namespace {

// One row an example: the forms that are told so give the bits of the one that is not, whatever the cuts.
template <class T>
void check_single_rows(int examples, int outputs, int inputs, int pad, size_t shift) {
  Random random(test::seed);
  Examples<T> x(std::vector<int>(static_cast<size_t>(examples), 1), outputs, inputs, random, pad, shift);
  const size_t size = static_cast<size_t>(outputs * inputs);
  Buffer<double> mixed(size), formed(size), tiles(size), cut(size), slow(size);
  std::vector<long double> exact(size, 0.25);
  for (Buffer<double>* b : {&mixed, &formed, &tiles, &cut, &slow}) b->fill(0.25);
  for (int e = 0; e < examples; ++e) {
    std::vector<long double> g = x.exact(e);
    for (size_t i = 0; i < size; ++i) exact[i] += g[i] * g[i];
  }
  CHECK_OK(infl_cuda_squares(test::kPrecision<T>, &x.view, mixed.data(), nullptr, 0, nullptr));
  infl_examples single = x.view;
  single.offsets = nullptr;
  CHECK(infl_cuda_squares_workspace(test::kPrecision<T>, &single) == 0);
  CHECK_OK(infl_cuda_squares(test::kPrecision<T>, &single, formed.data(), nullptr, 0, nullptr));
  // Either form, whatever this size would get.
  unsigned blocks = static_cast<unsigned>(gradient_tiles(single));
  simt::launch("squares_rows_tile", squares_rows_tile<T>, blocks, kTileThreads, 0, single, tiles.data());
  for (int first = 0; first < examples; first += 7) {
    infl_examples part = single;
    part.rows = part.examples = std::min(7, examples - first);
    part.gradients = static_cast<const T*>(part.gradients) + first * part.gradients_stride;
    part.activations = static_cast<const T*>(part.activations) + first * part.activations_stride;
    simt::launch("squares_rows", squares_rows<T>, 2, 256, 0, part, cut.data());
  }
  test::run_naive(squares_naive<T>, static_cast<int64_t>(size), x.view, slow.data());
  std::vector<double> squares(exact.begin(), exact.end());
  CHECK_AS_GOOD(tiles.doubles(), slow.doubles(), squares, test::kUnit<T>);
  CHECK(tiles.doubles() == mixed.doubles());
  CHECK(tiles.doubles() == formed.doubles());
  CHECK(tiles.doubles() == cut.doubles());
}

}  // namespace

TEST(gradients_of_single_rows) {
  test::in_all_schedules([] {
    check_single_rows<float>(1, 1, 1, 0, 0);
    check_single_rows<float>(15, 64, 64, 0, 0);
    check_single_rows<float>(33, 65, 67, 3, 1);
    check_single_rows<float>(32, 5, 130, 2, 0);
    check_single_rows<float>(17, 130, 129, 2, 0);
    check_single_rows<double>(16, 3, 66, 0, 0);
    check_single_rows<double>(18, 66, 9, 1, 1);
  });
}

// The sum over examples must not depend on how they are cut into calls, and what comes out for one example on its
// neighbours.
static void check_cuts(int32_t precision) {
  Random random(test::seed);
  Examples<float> x({3, 1, 0, 20, 1, 9}, 10, 21, random);
  const size_t size = 210;
  auto part = [&](int first, int end) {
    infl_examples v = x.view;
    v.offsets = nullptr;
    v.rows = x.end(end - 1) - x.begin(first);
    v.examples = end - first;
    v.gradients = static_cast<const float*>(v.gradients) + x.begin(first) * v.gradients_stride;
    v.activations = static_cast<const float*>(v.activations) + x.begin(first) * v.activations_stride;
    return v;
  };
  Buffer<double> whole(size), cut(size);
  whole.fill(0);
  cut.fill(0);
  CHECK_OK(infl_cuda_squares(precision, &x.view, whole.data(), nullptr, 0, nullptr));
  Buffer<float> w(size);
  test::fill_normal(w, random);
  const void* weights[] = {w.data()};
  Buffer<double> influence(6), single(1);
  Buffer<char> scratch(1 << 16);
  CHECK_OK(infl_cuda_weighted_squares(precision, &x.view, weights, 1, influence.data(), scratch.data(), 1 << 16,
      nullptr));
  for (int e = 0; e < 6; ++e) {
    infl_examples v = part(e, e + 1);
    Buffer<int32_t> offsets(2);
    offsets[0] = 0;
    offsets[1] = v.rows;
    if (v.rows != 1) v.offsets = offsets.data();  // one row: the form without offsets
    CHECK_OK(infl_cuda_squares(precision, &v, cut.data(), nullptr, 0, nullptr));
    CHECK_OK(infl_cuda_weighted_squares(precision, &v, weights, 1, single.data(), scratch.data(), 1 << 16, nullptr));
    CHECK(single[0] == influence[static_cast<size_t>(e)]);
  }
  CHECK(whole.doubles() == cut.doubles());
}

TEST(gradients_cuts) {
  for (int32_t precision : test::kProducts) {
    if (precision != INFL_F64) check_cuts(precision);
  }
}

TEST(weighted_squares_of_many_weights) {
  Random random(test::seed);
  Examples<float> x({4, 2}, 5, 6, random);
  Buffer<float> w(30);
  test::fill_normal(w, random);
  std::vector<const void*> weights(16, w.data());
  Buffer<double> out(32), dense(32);
  Buffer<char> scratch(1 << 12);
  Buffer<float> g(60);
  CHECK_OK(infl_cuda_weighted_squares(INFL_F32, &x.view, weights.data(), 16, out.data(), scratch.data(), 1 << 12,
      nullptr));
  CHECK_OK(infl_cuda_gradients(INFL_F32, &x.view, g.data(), nullptr));
  CHECK_OK(infl_cuda_dense_weighted_squares(INFL_F32, g.data(), 2, 30, weights.data(), 16, dense.data(), scratch.data(),
      1 << 12, nullptr));
  for (size_t i = 0; i < 32; ++i) {
    CHECK(out[i] == out[i % 2] && std::fabs(dense[i] - out[i]) <= 1e-5 * std::fabs(out[i]));
  }
  CHECK(infl_cuda_weighted_squares(INFL_F32, &x.view, weights.data(), 17, out.data(), scratch.data(), 1 << 12,
      nullptr) == cudaErrorInvalidValue);
  CHECK(infl_cuda_weighted_squares(INFL_F32, &x.view, weights.data(), 1, out.data(), scratch.data(), 8,
      nullptr) == cudaErrorInvalidValue);
}

TEST(many_small_examples) {
  const int many = 257;
  Buffer<float> g(many), two(1), sums(many);
  Buffer<double> out(many);
  Buffer<int32_t> targets(2);
  Buffer<char> scratch(many * sizeof(double));
  for (int i = 0; i < many; ++i) g[static_cast<size_t>(i)] = static_cast<float>(i);
  two[0] = 2;
  const void* weights[] = {two.data()};
  CHECK_OK(infl_cuda_dense_weighted_squares(INFL_F32, g.data(), many, 1, weights, 1, out.data(), scratch.data(),
      static_cast<int64_t>(scratch.size()), nullptr));
  sums.fill(0);
  targets[0] = many - 1;
  targets[1] = 3;
  CHECK_OK(infl_cuda_dense_accumulate(INFL_F32, g.data() + 4, 2, 1, targets.data(), many, sums.data(), nullptr));
  bool right = true;
  for (size_t i = 0; i < many; ++i) {
    right &= out[i] == 2. * g[i] * g[i];
    right &= sums[i] == (i == many - 1 ? 4.f : i == 3 ? 5.f : 0.f);
  }
  CHECK(right);
  // More than a grid has places in y or z are no bad argument. That launches have x alone: launch_limits.
  CHECK_OK(infl_cuda_dense_accumulate(INFL_F32, nullptr, 0, 1, nullptr, 65'537, nullptr, nullptr));
  CHECK_OK(infl_cuda_scale(INFL_F32, nullptr, nullptr, nullptr, 0, 65'537, nullptr));
}

template <class T>
static void check_scale(int elements) {
  Random random(test::seed);
  Buffer<T> w(static_cast<size_t>(elements)), v(static_cast<size_t>(3 * elements)), out(v.size());
  test::fill_normal(w, random);
  test::fill_normal(v, random);
  CHECK_OK(infl_cuda_scale(test::kPrecision<T>, w.data(), v.data(), out.data(), elements, 3, nullptr));
  bool same = true;
  for (size_t i = 0; i < v.size(); ++i) same &= out[i] == w[i % w.size()] * v[i];
  CHECK(same);
  CHECK_OK(infl_cuda_scale(test::kPrecision<T>, w.data(), v.data(), v.data(), elements, 3, nullptr));
  CHECK(v.doubles() == out.doubles());
}

TEST(scale) {
  test::in_all_schedules([] {
    for (int elements : {1, 255, 1025}) {
      check_scale<float>(elements);
      check_scale<double>(elements);
    }
  });
}

// Rows that begin more than 2^31 elements behind the first; so many that there is more than one load of a thread's line.
TEST(gradients_of_rows_far_apart) {
  test::FarBuffer<float> gradients(17), activations(17);
  Buffer<float> out(4);
  for (int r = 0; r < 2; ++r) {
    gradients.row(r)[0] = static_cast<float>(r + 2);
    for (int m = 0; m < 2; ++m) activations.row(r)[m] = static_cast<float>(r + m + 1);
  }
  const int64_t stride = test::FarBuffer<float>::kStride;
  infl_examples view{gradients.row(0), activations.row(0), nullptr, stride, stride, 2, 2, 1, 2};
  Buffer<int32_t> offsets(2);
  offsets[0] = 0;
  offsets[1] = 2;
  infl_examples together = view;
  together.offsets = offsets.data();
  together.examples = 1;
  gradients.row(16)[0] = 1;
  activations.row(16)[0] = 5;
  activations.row(16)[1] = 7;
  Buffer<int32_t> all(2);
  all[0] = 0;
  all[1] = 17;
  infl_examples longest = together;
  longest.offsets = all.data();
  longest.rows = 17;
  for (int32_t precision : test::kProducts) {
    if (precision == INFL_F64) continue;
    CHECK_OK(infl_cuda_gradients(precision, &longest, out.data(), nullptr));
    CHECK(out[0] == 13 && out[1] == 20);
    CHECK_OK(infl_cuda_gradients(precision, &view, out.data(), nullptr));
    CHECK(out.doubles() == std::vector<double>({2, 4, 6, 9}));
    CHECK_OK(infl_cuda_gradients(precision, &together, out.data(), nullptr));
    CHECK(out[0] == 8 && out[1] == 13);
  }
}

TEST(gradients_of_many) {
  for (int32_t many : test::kMany) {
    test::Counted counted;
    void* p = test::nowhere<void>();
    double* d = test::nowhere<double>();
    const int32_t* targets = test::nowhere<int32_t>();
    const void* weights[] = {p};
    for (int32_t type : test::kProducts) {
      for (bool offsets : {false, true}) {
        infl_examples e = test::single_rows(many, offsets);
        CHECK_OK(infl_cuda_gradients(type, &e, p, nullptr));
        CHECK_OK(infl_cuda_squares(type, &e, d, nullptr, 0, nullptr));
        CHECK_OK(infl_cuda_squares(type, &e, d, d, infl_cuda_squares_workspace(type, &e), nullptr));
        int64_t bytes = infl_cuda_weighted_squares_workspace(&e, 1);
        CHECK_OK(infl_cuda_weighted_squares(type, &e, weights, 1, d, d, bytes, nullptr));
        CHECK_OK(infl_cuda_accumulate_gradients(type, &e, targets, many, p, nullptr));
      }
      if (on_tensor_cores(type)) continue;
      CHECK_OK(infl_cuda_dense_squares(type, p, many, 1, d, nullptr));
      int64_t bytes = infl_cuda_dense_weighted_squares_workspace(many, 1, 1);
      CHECK_OK(infl_cuda_dense_weighted_squares(type, p, many, 1, weights, 1, d, d, bytes, nullptr));
      CHECK_OK(infl_cuda_dense_accumulate(type, p, many, 1, targets, many, p, nullptr));
      CHECK_OK(infl_cuda_scale(type, p, p, p, 1, many, nullptr));
    }
    CHECK(counted.launches >= 34);
  }
}
