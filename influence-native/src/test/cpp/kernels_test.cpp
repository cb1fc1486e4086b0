/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Every kernel against its naive twin, for all instruction sets of this machine, both precisions,
 * all element types, with and without index and homogeneous column. Built with the sanitizers.
 *
 * Rule: the error against a long double oracle is at most twice that of the naive loop in the same
 * precision, plus a few units in the last place of the largest result. Where a result must not
 * depend on tiles, calls or neighbours, it is compared bit for bit.
 *
 * Sizes hit: less than, exactly and more than one register tile (6 or 12 rows; 8 to 32 columns), and
 * k below, at and above the packing depth (256, 384).
 */
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "influence_cpu.h"

namespace {

int checks = 0, failures = 0;
std::string context;

void expect(bool ok, const std::string &what) {
  checks++;
  if (ok) return;
  if (failures++ < 20) std::printf("FAILED %s: %s\n", context.c_str(), what.c_str());
}

class Random {
 public:
  double next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return double(int64_t(state_ >> 33) - (int64_t(1) << 30)) / double(int64_t(1) << 30);
  }
  int64_t below(int64_t n) { return int64_t((next() + 1) / 2 * double(n)) % n; }

 private:
  uint64_t state_ = 20261122;
} randomness;

uint16_t to_half(double x) {
  const _Float16 half = _Float16(float(x));
  uint16_t bits;
  std::memcpy(&bits, &half, 2);
  return bits;
}

double from_half(uint16_t bits) {
  _Float16 half;
  std::memcpy(&half, &bits, 2);
  return double(float(half));
}

uint16_t to_bfloat(double x) {
  const float value = float(x);
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return uint16_t(bits >> 16);
}

double from_bfloat(uint16_t bits) {
  const uint32_t wide = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, 4);
  return value;
}

/* A matrix of random values in memory of exactly its size, so that the sanitizer sees overruns. */
class Source {
 public:
  Source(int type, int64_t rows, int64_t columns, bool homogeneous, bool indexed)
      : type_(type), columns_(homogeneous ? columns - 1 : columns), stride_(columns_ + 1) {
    const int64_t stored = indexed ? rows + 3 : rows;
    const size_t count = size_t(stored * stride_);
    bytes_.reset(new unsigned char[count * size()]);
    for (size_t i = 0; i < count; i++) set(i, randomness.next());
    if (indexed) {
      index_.resize(size_t(rows));
      for (auto &row : index_) row = int32_t(randomness.below(stored));
    }
  }

  double at(int64_t r, int64_t c) const {
    if (c == columns_) return 1;
    const size_t i = size_t((index_.empty() ? r : index_[size_t(r)]) * stride_ + c);
    switch (type_) {
      case INFL_F32:
        return reinterpret_cast<const float *>(bytes_.get())[i];
      case INFL_F64:
        return reinterpret_cast<const double *>(bytes_.get())[i];
      case INFL_F16:
        return from_half(reinterpret_cast<const uint16_t *>(bytes_.get())[i]);
      default:
        return from_bfloat(reinterpret_cast<const uint16_t *>(bytes_.get())[i]);
    }
  }

  void set(size_t i, double x) {
    switch (type_) {
      case INFL_F32:
        reinterpret_cast<float *>(bytes_.get())[i] = float(x);
        break;
      case INFL_F64:
        reinterpret_cast<double *>(bytes_.get())[i] = x;
        break;
      case INFL_F16:
        reinterpret_cast<uint16_t *>(bytes_.get())[i] = to_half(x);
        break;
      default:
        reinterpret_cast<uint16_t *>(bytes_.get())[i] = to_bfloat(x);
    }
  }

  void set(int64_t r, int64_t c, double x) {
    set(size_t((index_.empty() ? r : index_[size_t(r)]) * stride_ + c), x);
  }

  infl_matrix view() const {
    return {bytes_.get(), index_.empty() ? nullptr : index_.data(), stride_, type_,
            int32_t(columns_)};
  }

 private:
  size_t size() const { return type_ == INFL_F64 ? 8 : type_ == INFL_F32 ? 4 : 2; }

  int type_;
  int64_t columns_, stride_;
  std::unique_ptr<unsigned char[]> bytes_;
  std::vector<int32_t> index_;
};

/* Sums one result by the oracle and by the naive loop. */
template <class T>
struct Sum {
  long double exact = 0;
  T naive = 0;

  void add(T x, T y) {
    exact += (long double)x * y;
    naive += x * y;
  }
};

/* Compares many results of one call. */
template <class T>
class Comparison {
 public:
  void add(double fast, long double exact, double naive) {
    fast_ = std::fmax(fast_, double(std::fabs(fast - exact)));
    naive_ = std::fmax(naive_, double(std::fabs(naive - exact)));
    size_ = std::fmax(size_, double(std::fabs(exact)));
    if (!(std::fabs(fast) < 1e30)) fast_ = INFINITY;
  }
  ~Comparison() {
    const double eps = sizeof(T) == 4 ? 0x1p-24 : 0x1p-53;
    expect(fast_ <= 2 * naive_ + 16 * eps * size_ + 1e-300,
           "error " + std::to_string(fast_ / size_ / eps) + " eps, naive " +
               std::to_string(naive_ / size_ / eps) + " eps");
  }

 private:
  double fast_ = 0, naive_ = 0, size_ = 0;
};

const int64_t kSizes[] = {1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100};
const int64_t kDepths[] = {1, 3, 17, 100, 256, 257, 384, 385, 800};

int64_t some_size() { return kSizes[randomness.below(12)]; }

int32_t isa;
std::unique_ptr<void, void (*)(void *)> workspace(nullptr, infl_free);

template <class T>
int32_t kernels() {
  return 2 * isa + (sizeof(T) == 8);
}

template <class T>
constexpr int32_t type_of() {
  return sizeof(T) == 4 ? INFL_F32 : INFL_F64;
}

template <class T>
std::vector<T> random_values(int64_t n) {
  std::vector<T> x(static_cast<size_t>(n));
  for (T &value : x) value = T(randomness.next());
  return x;
}

template <class T>
infl_matrix dense(const std::vector<T> &x, int64_t columns) {
  return {x.data(), nullptr, columns, type_of<T>(), int32_t(columns)};
}

/* Calls f(i, rows, j, columns) for tiles of a result. */
void tiles(int64_t m, int64_t n, int64_t tile_m, int64_t tile_n,
           const std::function<void(int64_t, int64_t, int64_t, int64_t)> &f) {
  for (int64_t i = 0; i < m; i += tile_m) {
    for (int64_t j = 0; j < n; j += tile_n) {
      f(i, std::min(tile_m, m - i), j, std::min(tile_n, n - j));
    }
  }
}

/* Memory from infl_allocate. */
typedef std::unique_ptr<void, void (*)(void *)> Packed;

int64_t padded_lines(int64_t n) {
  return (n + INFL_COLUMN_UNIT - 1) / INFL_COLUMN_UNIT * INFL_COLUMN_UNIT;
}

/* Rows [begin, end) of some ranges of k, packed as one side of a product. */
template <class T>
Packed pack_side(const infl_matrix &x, bool rows_are_k, int64_t lines,
                 const std::vector<int32_t> &begin, const std::vector<int32_t> &end) {
  Packed packed(infl_allocate(end.back() * padded_lines(lines) * int64_t(sizeof(T)), 0), infl_free);
  const infl_product side = {x, x, rows_are_k, rows_are_k, end.back()};
  const infl_examples list = {begin.data(), end.data(), int64_t(begin.size()), 0, packed.get(),
                              packed.get(), padded_lines(lines), padded_lines(lines)};
  infl_pack_examples(kernels<T>(), &side, &list, lines, lines, 0, list.count);
  return packed;
}

template <class T>
void test_multiply(int type, bool a_rows_are_k, bool b_rows_are_k, bool extras) {
  const int64_t m = some_size(), n = some_size(), k = kDepths[randomness.below(9)];
  Source a(type, a_rows_are_k ? k : m, a_rows_are_k ? m : k, extras, extras);
  Source b(type, b_rows_are_k ? k : n, b_rows_are_k ? n : k, false, extras);
  const infl_product p = {a.view(), b.view(), a_rows_are_k, b_rows_are_k, k};
  const std::vector<T> start = random_values<T>(m * n);
  std::vector<T> c(start), again(start), fresh(start);
  infl_multiply(kernels<T>(), &p, 0, m, 0, n, c.data(), n, 1, workspace.get());
  tiles(m, n, 5, 9, [&](int64_t i, int64_t r, int64_t j, int64_t w) {
    infl_multiply(kernels<T>(), &p, i, r, j, w, again.data(), n, 1, workspace.get());
  });
  expect(c == again, "multiply depends on tiles");
  infl_multiply(kernels<T>(), &p, 0, m, 0, n, fresh.data(), n, 0, workspace.get());
  const Packed packed = pack_side<T>(p.b, b_rows_are_k, n, {0}, {int32_t(k)});
  std::vector<T> by_packed(start);
  tiles(m, n, 12, 32, [&](int64_t i, int64_t r, int64_t j, int64_t w) {
    infl_multiply_by_packed(kernels<T>(), &p, packed.get(), padded_lines(n), i, r, j, w,
                            by_packed.data(), n, workspace.get());
  });
  expect(fresh == by_packed, "multiply depends on packing");
  Comparison<T> sums, fresh_sums;
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) {
      Sum<T> sum;
      for (int64_t l = 0; l < k; l++) {
        sum.add(T(a_rows_are_k ? a.at(l, i) : a.at(i, l)),
                T(b_rows_are_k ? b.at(l, j) : b.at(j, l)));
      }
      const size_t at = size_t(i * n + j);
      sums.add(c[at], start[at] + sum.exact, start[at] + sum.naive);
      fresh_sums.add(fresh[at], sum.exact, sum.naive);
    }
  }
}

/* Rows [0, rows) after `counted` others in ranges that end where the kernel wants it. */
std::pair<std::vector<int32_t>, std::vector<int32_t>> ranges(int64_t counted, int64_t rows) {
  std::pair<std::vector<int32_t>, std::vector<int32_t>> out;
  for (int64_t r = 0; r < rows;) {
    out.first.push_back(int32_t(r));
    r = std::min(rows, r + INFL_COVARIANCE_FLUSH - (counted + r) % INFL_COVARIANCE_FLUSH);
    out.second.push_back(int32_t(r));
  }
  return out;
}

/* Packs rows for infl_covariance_tile and adds one tile after the other. */
template <class T>
void add_covariance(const infl_matrix &x, int64_t d, int64_t counted, int64_t count, int64_t tile_m,
                    int64_t tile_n, std::vector<float> &partial, std::vector<double> &master) {
  const auto some = ranges(counted, count);
  const Packed packed = pack_side<T>(x, true, d, some.first, some.second);
  const infl_examples list = {some.first.data(), some.second.data(), int64_t(some.first.size()), 0,
                              packed.get(), packed.get(), padded_lines(d), padded_lines(d)};
  tiles(d, d, tile_m, tile_n, [&](int64_t i, int64_t r, int64_t j, int64_t w) {
    if (j >= i + r) return;
    infl_covariance_tile(kernels<T>(), &list, counted, i, r, j, w, partial.data(), master.data(), d);
  });
}

template <class T>
void test_covariance(int type, bool extras) {
  const int64_t d = some_size() + 1, rows = 1500;
  Source x(type, rows, d, extras, extras);
  const infl_matrix view = x.view();
  std::vector<float> partial(size_t(d * d)), partial_again(size_t(d * d));
  std::vector<double> master(size_t(d * d)), master_again(size_t(d * d));
  add_covariance<T>(view, d, 0, rows, d, d, partial, master);
  infl_matrix rest = view;
  int64_t counted = 0;
  for (int64_t count : {1, 1000, 23, 476}) {
    add_covariance<T>(rest, d, counted, count, 24, 32, partial_again, master_again);
    counted += count;
    if (rest.index) {
      rest.index += count;
    } else {
      rest.data = static_cast<const char *>(rest.data) +
                  count * rest.stride * (type == INFL_F64 ? 8 : type == INFL_F32 ? 4 : 2);
    }
  }
  Comparison<T> sums;
  bool same = true;
  for (int64_t i = 0; i < d; i++) {
    for (int64_t j = 0; j <= i; j++) {
      Sum<T> sum;
      for (int64_t r = 0; r < rows; r++) sum.add(T(x.at(r, i)), T(x.at(r, j)));
      const size_t at = size_t(i * d + j);
      sums.add(master[at] + (sizeof(T) == 4 ? partial[at] : 0), sum.exact, sum.naive);
      same = same && master[at] == master_again[at] && partial[at] == partial_again[at];
    }
  }
  expect(same, "covariance depends on calls, tiles or packing");
}

/* Both sides of some examples. */
template <class T>
struct Examples {
  int64_t p, m;
  Source s, a;
  infl_product product;
  std::vector<int32_t> begin, end;

  static int64_t rows() { return 1 + 1 + 3 + 0 + 1 + 17 + 300 + 400 + 1; }

  Examples(int type, bool extras, int64_t outputs, int64_t inputs)
      : p(outputs), m(inputs), s(type, rows(), p, false, extras), a(type, rows(), m, extras, extras) {
    product = {s.view(), a.view(), 1, 1, rows()};
    int32_t row = 0;
    for (int32_t length : {1, 1, 3, 0, 1, 17, 300, 400, 1}) {
      begin.push_back(row);
      end.push_back(row += length);
    }
  }

  infl_examples list(int64_t from = 0, int64_t count = 9) const {
    return {begin.data() + from, end.data() + from, count, 0, nullptr, nullptr, 0, 0};
  }

  /* The same with the rows packed into memory of the right size. */
  infl_examples pack(std::vector<T> &left, std::vector<T> &right) const {
    infl_examples x = list();
    x.a_lines = padded_lines(p);
    x.b_lines = padded_lines(m);
    left.resize(size_t(rows() * x.a_lines) + 16);
    right.resize(size_t(rows() * x.b_lines) + 16);
    x.packed_a = align(left.data());
    x.packed_b = align(right.data());
    infl_pack_examples(kernels<T>(), &product, &x, p, m, 0, 4);
    infl_pack_examples(kernels<T>(), &product, &x, p, m, 4, 5);
    return x;
  }

  static void *align(T *memory) {
    return reinterpret_cast<void *>((reinterpret_cast<uintptr_t>(memory) + 63) / 64 * 64);
  }

  Sum<T> gradient(size_t e, int64_t i, int64_t j) const {
    Sum<T> sum;
    for (int32_t t = begin[e]; t < end[e]; t++) sum.add(T(s.at(t, i)), T(a.at(t, j)));
    return sum;
  }
};

template <class T>
void test_squares(int type, bool extras) {
  const Examples<T> x(type, extras, some_size(), some_size() + 1);
  std::vector<double> sum(size_t(x.p * x.m)), again(sum);
  const infl_examples all = x.list();
  infl_square_tile(kernels<T>(), &x.product, &all, 0, x.p, 0, x.m, sum.data(), x.m,
                   workspace.get());
  for (int64_t from : {0, 4}) {
    const infl_examples some = x.list(from, from == 0 ? 4 : 5);
    tiles(x.p, x.m, 24, 32, [&](int64_t i, int64_t r, int64_t j, int64_t w) {
      infl_square_tile(kernels<T>(), &x.product, &some, i, r, j, w, again.data(), x.m,
                       workspace.get());
    });
  }
  expect(sum == again, "squares depend on calls or tiles");
  std::vector<T> left, right;
  const infl_examples packed = x.pack(left, right);
  std::vector<double> from_packed(sum.size());
  tiles(x.p, x.m, 96, 96, [&](int64_t i, int64_t r, int64_t j, int64_t w) {
    infl_square_tile(kernels<T>(), &x.product, &packed, i, r, j, w, from_packed.data(), x.m,
                     workspace.get());
  });
  expect(sum == from_packed, "squares depend on packing");
  Comparison<T> sums;
  for (int64_t i = 0; i < x.p; i++) {
    for (int64_t j = 0; j < x.m; j++) {
      long double exact = 0;
      double naive = 0;
      for (size_t e = 0; e < x.begin.size(); e++) {
        const Sum<T> g = x.gradient(e, i, j);
        exact += g.exact * g.exact;
        naive += double(g.naive) * g.naive;
      }
      sums.add(sum[size_t(i * x.m + j)], exact, naive);
    }
  }
}

/* Rows that begin late: both sides would begin in one place at k = 0, but share nothing. */
template <class T>
void test_packed_at_one_address(int type) {
  const Examples<T> x(type, false, 3, 33);
  infl_examples some = x.list(4, 1);
  std::vector<double> sum(size_t(x.p * x.m)), from_packed(sum);
  infl_square_tile(kernels<T>(), &x.product, &some, 0, x.p, 0, x.m, sum.data(), x.m,
                   workspace.get());
  some.a_lines = padded_lines(x.p);
  some.b_lines = padded_lines(x.m);
  std::vector<T> memory(size_t(x.end[4] * some.b_lines) + 16);
  some.packed_a = some.packed_b = Examples<T>::align(memory.data());
  infl_pack_examples(kernels<T>(), &x.product, &some, x.p, x.m, 0, 1);
  infl_square_tile(kernels<T>(), &x.product, &some, 0, x.p, 0, x.m, from_packed.data(), x.m,
                   workspace.get());
  expect(sum == from_packed, "squares depend on where rows are packed");
}

template <class T>
void test_accumulate(int type, bool extras) {
  const Examples<T> x(type, extras, some_size(), some_size() + 1);
  const std::vector<int32_t> targets = {0, 1, 1, 0, -1, 0, 1, 0, 1};
  const int64_t step = x.p * x.m;
  std::vector<T> out(size_t(2 * step));
  const infl_examples all = x.list();
  tiles(x.p, x.m, 60, 64, [&](int64_t i, int64_t r, int64_t j, int64_t w) {
    infl_accumulate_tile(kernels<T>(), &x.product, &all, targets.data(), i, r, j, w, out.data(),
                         x.m, step, workspace.get());
  });
  std::vector<T> left, right, from_packed(out.size());
  const infl_examples packed = x.pack(left, right);
  tiles(x.p, x.m, 24, 32, [&](int64_t i, int64_t r, int64_t j, int64_t w) {
    infl_accumulate_tile(kernels<T>(), &x.product, &packed, targets.data(), i, r, j, w,
                         from_packed.data(), x.m, step, workspace.get());
  });
  expect(out == from_packed, "gradients depend on packing");
  Comparison<T> sums;
  for (int64_t q = 0; q < 2; q++) {
    for (int64_t i = 0; i < x.p; i++) {
      for (int64_t j = 0; j < x.m; j++) {
        long double exact = 0;
        T naive = 0;
        for (size_t e = 0; e < targets.size(); e++) {
          if (targets[e] != q) continue;
          const Sum<T> g = x.gradient(e, i, j);
          exact += g.exact;
          naive += g.naive;
        }
        sums.add(out[size_t(q * step + i * x.m + j)], exact, naive);
      }
    }
  }
}

template <class T>
void test_dots(int type, bool extras, bool square, bool low_rank, int64_t q_count) {
  // No more than the largest tile.
  const int64_t p = std::min<int64_t>(some_size(), 48), m = some_size() + 1;
  const Examples<T> x(type, extras, p, m);
  const int64_t rank = 3;
  std::vector<T> left = random_values<T>(q_count * x.p * rank);
  std::vector<T> right = random_values<T>(q_count * x.m * rank);
  std::vector<T> values = random_values<T>(q_count * x.p * x.m);
  const infl_queries dense_queries = {values.data(), nullptr, nullptr, x.p, x.m, 0};
  const infl_queries thin_queries = {nullptr, left.data(), right.data(), x.p, x.m, rank};
  std::vector<double> out(size_t(q_count * 9)), one(2);
  const infl_examples all = x.list(), last = x.list(7, 1);
  const infl_queries *queries = low_rank ? &thin_queries : &dense_queries;
  expect(infl_dot_tile(kernels<T>(), &x.product, &all, 0, x.p, 0, x.m, queries, 0, q_count, square,
                       out.data(), workspace.get()) == INFL_OK,
         "dots");
  infl_dot_tile(kernels<T>(), &x.product, &last, 0, x.p, 0, x.m, queries, 2, 2, square, one.data(),
                workspace.get());
  std::vector<T> packed_left, packed_right;
  const infl_examples packed = x.pack(packed_left, packed_right);
  std::vector<double> from_packed(out.size());
  infl_dot_tile(kernels<T>(), &x.product, &packed, 0, x.p, 0, x.m, queries, 0, q_count, square,
                from_packed.data(), workspace.get());
  expect(out == from_packed, "dots depend on packing");
  expect(one[0] == out[2 * 9 + 7] && one[1] == out[3 * 9 + 7], "dots depend on neighbours");
  Comparison<T> sums;
  for (int64_t q = 0; q < q_count; q++) {
    for (size_t e = 0; e < 9; e++) {
      long double exact = 0;
      T naive = 0;
      for (int64_t i = 0; i < x.p; i++) {
        for (int64_t j = 0; j < x.m; j++) {
          const Sum<T> g = x.gradient(e, i, j);
          Sum<T> v;
          for (int64_t r = 0; r < rank; r++) {
            v.add(left[size_t((q * x.p + i) * rank + r)], right[size_t((q * x.m + j) * rank + r)]);
          }
          const T dense_value = values[size_t((q * x.p + i) * x.m + j)];
          exact += (low_rank ? v.exact : dense_value) * g.exact * (square ? g.exact : 1);
          naive += (low_rank ? v.naive : dense_value) * g.naive * (square ? g.naive : 1);
        }
      }
      sums.add(out[size_t(q * 9) + e], exact, naive);
    }
  }
}

template <class T>
void test_rows(int type, bool extras, bool square, bool low_rank) {
  const int64_t rows = some_size(), p = some_size() * 5, m = some_size() * 4 + 1, q_count = 3;
  const int64_t rank = some_size();
  Source a(type, rows, p, false, extras), x(type, rows, m, extras, extras);
  std::vector<T> left = random_values<T>(p * q_count * rank);
  std::vector<T> right = random_values<T>(m * q_count * rank);
  std::vector<T> values = random_values<T>(low_rank ? 0 : q_count * p * m);
  const infl_queries queries = {low_rank ? nullptr : values.data(), left.data(), right.data(), p, m,
                                rank};
  const infl_matrix left_rows = a.view(), right_rows = x.view();
  std::vector<double> out(size_t(q_count * rows)), one(out);
  const int32_t k = int32_t(p);
  const Packed packed =
      low_rank ? Packed(nullptr, infl_free)
               : pack_side<T>(dense(values, m), true, m, {0, k, 2 * k}, {k, 2 * k, 3 * k});
  const auto run = [&](int64_t i, int64_t n, int64_t q, int64_t count, std::vector<double> &target) {
    if (low_rank) {
      infl_row_low_rank(kernels<T>(), &left_rows, &right_rows, i, n, &queries, q_count, q, count,
                        target.data(), rows, workspace.get());
    } else {
      const T *first = static_cast<const T *>(packed.get()) + q * p * padded_lines(m);
      infl_row_dense(kernels<T>(), &left_rows, &right_rows, i, n, &queries, first, count, square,
                     target.data() + q * rows, rows, workspace.get());
    }
  };
  run(0, rows, 0, q_count, out);
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t q = 0; q < q_count; q++) run(i, 1, q, 1, one);
  }
  expect(out == one, "row scores depend on neighbours");
  Comparison<T> sums;
  for (int64_t q = 0; q < q_count; q++) {
    for (int64_t t = 0; t < rows; t++) {
      Sum<T> total;
      long double exact = 0;
      T naive = 0;
      if (low_rank) {
        for (int64_t r = 0; r < rank; r++) {
          Sum<T> l, w;
          const int64_t column = q * rank + r, width = q_count * rank;
          for (int64_t i = 0; i < p; i++) l.add(T(a.at(t, i)), left[size_t(i * width + column)]);
          for (int64_t j = 0; j < m; j++) w.add(T(x.at(t, j)), right[size_t(j * width + column)]);
          exact += l.exact * w.exact;
          naive += l.naive * w.naive;
        }
      } else {
        for (int64_t j = 0; j < m; j++) {
          Sum<T> column;
          for (int64_t i = 0; i < p; i++) {
            const T s = T(a.at(t, i));
            column.add(square ? s * s : s, values[size_t((q * p + i) * m + j)]);
          }
          const T y = T(x.at(t, j));
          exact += column.exact * (square ? (long double)y * y : y);
          naive += column.naive * (square ? y * y : y);
        }
      }
      sums.add(out[size_t(q * rows + t)], exact, naive);
    }
  }
}

/* Examples of one row by their outer products; m above and below the packing depth. */
template <class T>
void test_outer(int type, bool extras, int64_t rows, int64_t p, int64_t m, int64_t q_count) {
  Source a(type, rows, p, false, extras), x(type, rows, m, extras, extras);
  const std::vector<T> values = random_values<T>(q_count * p * m);
  const infl_queries queries = {values.data(), nullptr, nullptr, p, m, 0};
  const infl_matrix left = a.view(), right = x.view();
  const int64_t elements = p * m;
  const auto run = [&](int64_t first, int64_t count, int64_t q0, int64_t q_some, int64_t step) {
    const int64_t lines = (q_some + INFL_ROW_UNIT - 1) / INFL_ROW_UNIT * INFL_ROW_UNIT;
    const int64_t ldo = (count + INFL_COLUMN_UNIT - 1) / INFL_COLUMN_UNIT * INFL_COLUMN_UNIT;
    infl_queries part = queries;
    part.values = values.data() + q0 * elements;
    infl_matrix l = left, r = right;
    const auto drop = [&](infl_matrix &y) {
      if (y.index) {
        y.index += first;
      } else {
        y.data = static_cast<const char *>(y.data) +
                 first * y.stride * (type == INFL_F64 ? 8 : type == INFL_F32 ? 4 : 2);
      }
    };
    drop(l);
    drop(r);
    std::vector<double> sums(size_t(lines * ldo));
    std::unique_ptr<void, void (*)(void *)> packed(
        infl_allocate(lines * std::min(step, elements) * int64_t(sizeof(T)), 0), infl_free);
    for (int64_t k = 0; k < elements; k += step) {
      const int64_t n = std::min(step, elements - k);
      infl_pack_queries(kernels<T>(), &part, q_some, k, n, packed.get());
      for (int64_t i = 0; i < count; i += INFL_OUTER_ROWS) {
        const int64_t some = std::min(int64_t(INFL_OUTER_ROWS), count - i);
        for (int64_t q = 0; q < q_some; q += 2 * INFL_ROW_UNIT) {
          infl_outer_tile(kernels<T>(), &l, &r, i, some, m, packed.get(), q_some, q,
                          std::min(int64_t(2 * INFL_ROW_UNIT), q_some - q), k, n, sums.data(), ldo,
                          workspace.get());
        }
      }
    }
    std::vector<double> out(size_t(q_some * count));
    for (int64_t q = 0; q < q_some; q++) {
      for (int64_t i = 0; i < count; i++) out[size_t(q * count + i)] = sums[size_t(q * ldo + i)];
    }
    return out;
  };
  const std::vector<double> out = run(0, rows, 0, q_count, 2 * INFL_OUTER_UNIT);
  const int64_t few = std::min(q_count, 1 + randomness.below(9));
  const std::vector<double> first = run(0, rows, 0, few, INFL_OUTER_UNIT);
  bool same = std::equal(first.begin(), first.end(), out.begin());
  for (int64_t q : {int64_t(0), q_count / 2, q_count - 1}) {
    for (int64_t i : {int64_t(0), rows / 2, rows - 1}) {
      same = same && run(i, 1, q, 1, INFL_OUTER_UNIT)[0] == out[size_t(q * rows + i)];
    }
  }
  expect(same, "scores of one row depend on neighbours or calls");
  Comparison<T> sums;
  for (int64_t q = 0; q < q_count; q++) {
    for (int64_t e = 0; e < rows; e++) {
      Sum<T> sum;
      for (int64_t i = 0; i < p; i++) {
        for (int64_t j = 0; j < m; j++) {
          sum.add(T(a.at(e, i)) * T(x.at(e, j)), values[size_t((q * p + i) * m + j)]);
        }
      }
      sums.add(out[size_t(q * rows + e)], sum.exact, sum.naive);
    }
  }
}

template <class T>
void test_elementwise(int type, bool extras) {
  const int64_t rows = some_size() + 2, columns = some_size() + 1;
  Source x(type, rows, columns, extras, false);
  const infl_matrix view = x.view();
  std::vector<T> out(size_t(rows * (columns + 2)), T(-7));
  infl_convert(kernels<T>(), &view, 1, rows - 1, columns, out.data(), columns + 2);
  bool same = true;
  for (int64_t r = 1; r < rows; r++) {
    for (int64_t c = 0; c < columns; c++) {
      same = same && out[size_t((r - 1) * (columns + 2) + c)] == T(x.at(r, c));
    }
    same = same && out[size_t((r - 1) * (columns + 2) + columns)] == T(-7);
  }
  expect(same, "convert");
  const auto magnitudes_of = [&](int64_t first, int64_t count, int64_t bad) {
    std::vector<double> found(size_t(count), -1);
    infl_magnitudes(kernels<T>(), &view, first, count, found.data());
    for (int64_t r = 0; r < count; r++) {
      double largest = 0;
      for (int64_t c = 0; c < view.columns; c++) largest = std::fmax(largest, std::fabs(x.at(first + r, c)));
      same = same && (first + r == bad ? !std::isfinite(found[size_t(r)]) : found[size_t(r)] == largest);
    }
  };
  magnitudes_of(0, rows, -1);
  expect(same, "magnitudes");
  const int64_t bad = randomness.below(rows);
  x.set(bad, randomness.below(view.columns), bad % 2 ? INFINITY : NAN);
  magnitudes_of(0, rows, bad);
  magnitudes_of(bad + 1, rows - bad - 1, -1);
  expect(same, "magnitudes beside a bad row");
  const std::vector<T> a = random_values<T>(rows), b = random_values<T>(rows);
  std::vector<T> product(a);
  infl_hadamard(kernels<T>(), a.data(), b.data(), product.data(), rows);
  same = true;
  for (size_t i = 0; i < a.size(); i++) same = same && product[i] == a[i] * b[i];
  expect(same, "hadamard");
}

/* The position of a border, one mirroring or turn after the other; -1 for a zero. */
int64_t border(int64_t position, int64_t size, int mode) {
  while (position < 0 || position >= size) {
    if (mode == INFL_ZEROS) return -1;
    if (mode == INFL_REPLICATE) position += position < 0 ? 1 : -1;
    if (mode == INFL_CIRCULAR) position += position < 0 ? size : -size;
    if (mode == INFL_REFLECT) position = position < 0 ? -position : 2 * (size - 1) - position;
  }
  return position;
}

/* An axis whose padding fits the mode. */
infl_axis some_axis(int mode, int64_t most_size, int64_t most_kernel) {
  infl_axis x;
  do {
    x.size = int32_t(1 + randomness.below(most_size));
    x.kernel = int32_t(1 + randomness.below(most_kernel));
    x.stride = int32_t(1 + randomness.below(4));
    x.dilation = int32_t(1 + randomness.below(3));
    const int64_t most = mode == INFL_REFLECT ? x.size - 1 : mode == INFL_CIRCULAR ? x.size : 7;
    x.padding = int32_t(randomness.below(std::min(most, int64_t(7)) + 1));
    const int64_t left = x.size + 2 * x.padding - x.dilation * (x.kernel - 1) - 1;
    x.output = left < 0 ? 0 : int32_t(left / x.stride + 1);
  } while (x.output == 0);
  return x;
}

/* Random bits as E, with a place after each line that is not written. */
template <class T, class E>
void test_unfold(int mode, int64_t most_width, int64_t most_kernel) {
  const int64_t images = 1 + randomness.below(3), channels = 1 + randomness.below(5);
  const infl_axis rows = some_axis(mode, 9, 4), columns = some_axis(mode, most_width, most_kernel);
  std::vector<E> data(size_t(images * channels * rows.size * columns.size));
  for (E &x : data) x = E(randomness.below(int64_t(1) << 40) * 0x9e3779b97f4a7c15);
  const infl_images view = {data.data(), int32_t(sizeof(E)), mode, int32_t(channels), rows, columns};
  const int64_t lines = images * rows.output;
  const int64_t line = columns.output * channels * rows.kernel * columns.kernel;
  std::vector<E> whole(size_t(lines * line)), part(size_t(lines * line), E(0x5a5a));
  expect(infl_unfold(kernels<T>(), &view, 0, lines, whole.data()) == INFL_OK, "unfold returns");
  const int64_t first = randomness.below(lines), count = 1 + randomness.below(lines - first);
  infl_unfold(kernels<T>(), &view, first, count, part.data());
  bool same = true, kept = true;
  size_t at = 0;
  for (int64_t n = 0; n < images; n++) {
    for (int64_t i = 0; i < line * rows.output; i++, at++) {
      const int64_t kx = i % columns.kernel, ky = i / columns.kernel % rows.kernel;
      const int64_t position = i / columns.kernel / rows.kernel;
      const int64_t c = position % channels, x = position / channels % columns.output;
      const int64_t y = position / channels / columns.output;
      const int64_t row =
          border(y * rows.stride + ky * rows.dilation - rows.padding, rows.size, mode);
      const int64_t column =
          border(x * columns.stride + kx * columns.dilation - columns.padding, columns.size, mode);
      const E expected = row < 0 || column < 0
                             ? E(0)
                             : data[size_t(((n * channels + c) * rows.size + row) * columns.size + column)];
      same = same && whole[at] == expected;
      const int64_t of = int64_t(at) / line;
      kept = kept && part[at] == (of >= first && of < first + count ? expected : E(0x5a5a));
    }
  }
  expect(same, "unfold");
  expect(kept, "unfold some lines");
}

template <class T>
void test_unfold() {
  for (int mode : {INFL_ZEROS, INFL_REFLECT, INFL_REPLICATE, INFL_CIRCULAR}) {
    context = "unfold in padding mode " + std::to_string(mode);
    for (int round = 0; round < 60; round++) {
      /* Outputs wider than a block, and kernels wider than the output. */
      const int64_t width = round % 3 == 0 ? 90 : 12, kernel = round % 3 == 1 ? 12 : 4;
      test_unfold<T, uint16_t>(mode, width, kernel);
      test_unfold<T, uint32_t>(mode, width, kernel);
      test_unfold<T, uint64_t>(mode, width, kernel);
    }
  }
}

template <class T>
void test_residual() {
  const int64_t m = some_size(), n = some_size(), k = 1 + randomness.below(6);
  const std::vector<T> l = random_values<T>(m * k), r = random_values<T>(n * k);
  const std::vector<T> d = random_values<T>(m * n);
  const infl_product p = {dense(l, k), dense(r, k), 0, 0, k};
  double out[2] = {0, 0};
  tiles(m, n, 24, 32, [&](int64_t i, int64_t h, int64_t j, int64_t w) {
    infl_residual_tile(kernels<T>(), &p, i, h, j, w, d.data(), n, out, workspace.get());
  });
  long double error = 0, norm = 0;
  double naive = 0;
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) {
      Sum<T> sum;
      for (int64_t c = 0; c < k; c++) sum.add(l[size_t(i * k + c)], r[size_t(j * k + c)]);
      const T x = d[size_t(i * n + j)];
      error += (x - sum.exact) * (x - sum.exact);
      norm += (long double)x * x;
      naive += double(x - sum.naive) * double(x - sum.naive);
    }
  }
  Comparison<T> residual, size;
  residual.add(out[0], error, naive);
  size.add(out[1], norm, double(norm));
}

/* D X for D read by rows and by columns, rows cut at any place. */
template <class T>
void test_thin(int64_t m, int64_t k, int64_t width) {
  const int64_t unit = INFL_THIN_UNIT, ldx = (width + unit - 1) / unit * unit, ldo = width + 1;
  const std::vector<T> d = random_values<T>(m * k);
  const std::vector<T> x = random_values<T>(k * ldx);
  for (const bool by_columns : {false, true}) {
    const int64_t row_step = by_columns ? 1 : k, k_step = by_columns ? m : 1;
    std::vector<T> whole(size_t(m * ldo), T(7)), parts(whole);
    infl_thin_multiply(kernels<T>(), d.data(), row_step, k_step, 0, m, k, x.data(), ldx, width,
                       whole.data(), ldo);
    for (int64_t i = 0; i < m;) {
      const int64_t n = std::min(m - i, 1 + randomness.below(11));
      infl_thin_multiply(kernels<T>(), d.data(), row_step, k_step, i, n, k, x.data(), ldx, width,
                         parts.data(), ldo);
      i += n;
    }
    expect(whole == parts, "thin product in parts");
    Comparison<T> result;
    bool kept = true;
    for (int64_t i = 0; i < m; i++) {
      for (int64_t c = 0; c < width; c++) {
        Sum<T> sum;
        for (int64_t p = 0; p < k; p++) {
          sum.add(d[size_t(i * row_step + p * k_step)], x[size_t(p * ldx + c)]);
        }
        result.add(whole[size_t(i * ldo + c)], sum.exact, double(sum.naive));
      }
      kept = kept && whole[size_t(i * ldo + width)] == T(7);
    }
    expect(kept, "thin product beside its columns");
  }
}

template <class T>
void test_sum_squares() {
  for (const int64_t n : {0, 1, 7, 16, 100, 4099}) {
    const std::vector<T> x = random_values<T>(n);
    long double exact = 0;
    double naive = 0;
    for (const T value : x) {
      exact += (long double)value * value;
      naive += double(value) * double(value);
    }
    Comparison<double> result;
    double sum = 0;
    infl_sum_squares(kernels<T>(), x.data(), n, &sum);
    result.add(sum, exact, naive);
  }
}

void test_limits() {
  const infl_product p = {};
  expect(infl_multiply(2 * isa, &p, 0, INFL_MAX_TILE_ROWS + 1, 0, 1, nullptr, 1, 0,
                       workspace.get()) == INFL_TILE_TOO_LARGE,
         "too many rows");
  expect(infl_multiply(2 * isa, &p, 0, 1, 0, INFL_MAX_TILE_COLUMNS + 1, nullptr, 1, 0,
                       workspace.get()) == INFL_TILE_TOO_LARGE,
         "too many columns");
  expect(infl_multiply(6, &p, 0, 1, 0, 1, nullptr, 1, 0, nullptr) == INFL_BAD_KERNELS,
         "unknown kernels");
  expect(infl_sum_squares(6, nullptr, 0, nullptr) == INFL_BAD_KERNELS,
         "sum of squares with unknown kernels");
}

/* The largest tiles, which fill the workspace. */
template <class T>
void test_largest() {
  const int64_t m = INFL_MAX_TILE_ROWS, n = INFL_MAX_TILE_COLUMNS, k = 400;
  const std::vector<T> a = random_values<T>(k * m), b = random_values<T>(k * n);
  const infl_product p = {dense(a, m), dense(b, n), 1, 1, k};
  std::vector<T> c(size_t(m * n));
  infl_multiply(kernels<T>(), &p, 0, m, 0, n, c.data(), n, 0, workspace.get());
  std::vector<double> sum(size_t(m * n));
  const int32_t begin[] = {0}, end[] = {int32_t(k)};
  const infl_examples one = {begin, end, 1, 0, nullptr, nullptr, 0, 0};
  infl_square_tile(kernels<T>(), &p, &one, 0, m, 0, n, sum.data(), n, workspace.get());
  bool same = true;
  for (size_t i = 0; i < c.size(); i++) same = same && sum[i] == double(c[i]) * double(c[i]);
  expect(same, "largest tile");
  // Queries in groups, for which gradients are held, give the bits of queries alone.
  const int64_t rows = 48, columns = INFL_MAX_DOT_ELEMENTS / rows, q_count = 20;
  const std::vector<T> v = random_values<T>(q_count * m * n);
  const infl_queries queries = {v.data(), nullptr, nullptr, m, n, 0};
  const std::vector<int32_t> first(130, 0), last(130, 2);
  const infl_examples many = {first.data(), last.data(), 130, 0, nullptr, nullptr, 0, 0};
  std::vector<double> dots(q_count * 130), alone(1);
  expect(infl_dot_tile(kernels<T>(), &p, &many, 0, rows, 0, columns + 1, &queries, 0, 1, 0,
                       alone.data(), workspace.get()) == INFL_TILE_TOO_LARGE,
         "too large for dots");
  infl_dot_tile(kernels<T>(), &p, &many, 0, rows, 0, columns, &queries, 0, q_count, 0, dots.data(),
                workspace.get());
  const infl_examples two = {begin, last.data(), 1, 0, nullptr, nullptr, 0, 0};
  for (int64_t q = 0; q < q_count; q++) {
    infl_dot_tile(kernels<T>(), &p, &two, 0, rows, 0, columns, &queries, q, 1, 0, alone.data(),
                  workspace.get());
    for (size_t e = 0; e < 130; e++) {
      expect(dots[size_t(q) * 130 + e] == alone[0], "dots in groups of queries");
    }
  }
}

template <class T>
void test_all() {
  for (int type : {INFL_F32, INFL_F64, INFL_F16, INFL_BF16}) {
    for (bool extras : {false, true}) {
      context = "isa " + std::to_string(isa) + " " + (sizeof(T) == 4 ? "f32" : "f64") + " type " +
                std::to_string(type) + (extras ? " index and homogeneous" : "");
      for (int layout = 0; layout < 4; layout++) {
        for (int round = 0; round < 3; round++) {
          test_multiply<T>(type, layout & 1, layout & 2, extras);
        }
      }
      test_covariance<T>(type, extras);
      test_squares<T>(type, extras);
      test_packed_at_one_address<T>(type);
      test_accumulate<T>(type, extras);
      for (bool other : {false, true}) {
        test_dots<T>(type, extras, other, false, other ? 5 : 70);
        test_rows<T>(type, extras, other, false);
      }
      test_outer<T>(type, extras, some_size(), some_size(), some_size() + 1, some_size());
      test_outer<T>(type, extras, 150, 3, 800, 13);
      test_outer<T>(type, extras, 7, 900, 2, 5);
      test_dots<T>(type, extras, false, true, 5);
      test_dots<T>(type, extras, false, true, 70);
      test_rows<T>(type, extras, false, true);
      for (int round = 0; round < 4; round++) test_elementwise<T>(type, extras);
    }
  }
  for (int round = 0; round < 8; round++) test_residual<T>();
  for (const int64_t width : {1, 16, 33, 42, 100}) {
    context = "thin product of " + std::to_string(width) + " columns";
    for (const int64_t m : {1, 3, 8, 29}) test_thin<T>(m, some_size(), width);
    test_thin<T>(21, 1600, width);
  }
  test_unfold<T>();
  context = "sums of squares";
  test_sum_squares<T>();
  test_largest<T>();
  context = "activations that do not stay packed";
  test_outer<T>(type_of<T>(), true, 128, 2, 4200, 2);
}

}  // namespace

// kernels_test [ISA]: all instruction sets of this machine, or one of them by its number.
int main(int count, char** arguments) {
  // Exactly as large as promised, so that the sanitizer sees kernels that use more.
  workspace.reset(infl_allocate(infl_workspace_bytes(), 0));
  expect(infl_abi_version() == INFL_ABI_VERSION, "ABI version");
  int first = count > 1 ? std::atoi(arguments[1]) : 0;
  int last = count > 1 && first < infl_best_isa() ? first : infl_best_isa();
  for (isa = first; isa <= last; isa++) {
    test_all<float>();
    test_all<double>();
    test_limits();
  }
  workspace.reset();
  std::printf("native tests: %d run, %d failed, instruction sets %d to %d\n", checks, failures, first, last);
  return failures == 0 ? 0 : 1;
}
