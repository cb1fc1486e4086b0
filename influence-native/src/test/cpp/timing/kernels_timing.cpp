/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Prints GFLOP/s of the kernels on one thread, beside an OpenBLAS that is loaded at run time:
 *
 *   g++ -O2 -std=c++17 -I src/main/cpp src/test/cpp/timing/kernels_timing.cpp \
 *       target/native/libinfluence_cpu.a -ldl -o timing && ./timing [libopenblas.so.0]
 *
 * Best of several runs; not part of the tests.
 */
#include <dlfcn.h>
#include <time.h>

#include <cstdio>
#include <functional>
#include <vector>

#include "influence_cpu.h"

namespace {

double now() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

void report(const char *name, double flops, const std::function<void()> &run) {
  double best = 1e30;
  for (int i = 0; i < 7; i++) {
    const double start = now();
    run();
    const double seconds = now() - start;
    if (seconds < best) best = seconds;
  }
  std::printf("%-46s %8.1f GFLOP/s\n", name, flops / best * 1e-9);
}

template <class T>
infl_matrix matrix(const std::vector<T> &x, int64_t columns) {
  return {x.data(), nullptr, columns, sizeof(T) == 4 ? INFL_F32 : INFL_F64, int32_t(columns)};
}

template <class T>
std::vector<T> random_values(int64_t n) {
  std::vector<T> x(static_cast<size_t>(n));
  uint64_t state = 42;
  for (T &value : x) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = T(int32_t(state >> 40) - (1 << 23)) / T(1 << 23);
  }
  return x;
}

/* Calls tile(i, rows, j, columns) over a whole result. */
template <class F>
void tiles(int64_t m, int64_t n, int64_t tm, int64_t tn, F &&tile) {
  for (int64_t i = 0; i < m; i += tm) {
    for (int64_t j = 0; j < n; j += tn) {
      tile(i, m - i < tm ? m - i : tm, j, n - j < tn ? n - j : tn);
    }
  }
}

template <class T>
void gemm(int32_t kernels, void *blas, void *work, int64_t n) {
  const auto a = random_values<T>(n * n), b = random_values<T>(n * n);
  std::vector<T> c(size_t(n * n));
  const double flops = 2.0 * double(n) * double(n) * double(n);
  char name[64];
  for (int rows_are_k = 0; rows_are_k < 2; rows_are_k++) {
    const infl_product p = {matrix(a, n), matrix(b, n), rows_are_k, 1, n};
    std::snprintf(name, sizeof name, "multiply %s n=%d%s", sizeof(T) == 4 ? "f32" : "f64", int(n),
                  rows_are_k ? " A transposed" : "");
    report(name, flops, [&] {
      tiles(n, n, 192, 768, [&](int64_t i, int64_t m, int64_t j, int64_t w) {
        infl_multiply(kernels, &p, i, m, j, w, c.data(), n, 0, work);
      });
    });
  }
  if (!blas) return;
  typedef void (*Gemm)(int, int, int, int, int, int, T, const T *, int, const T *, int, T, T *, int);
  const Gemm call = Gemm(dlsym(blas, sizeof(T) == 4 ? "cblas_sgemm" : "cblas_dgemm"));
  std::snprintf(name, sizeof name, "OpenBLAS %s n=%d", sizeof(T) == 4 ? "sgemm" : "dgemm", int(n));
  const int d = int(n);
  report(name, flops, [&] {
    call(101, 111, 111, d, d, d, 1, a.data(), d, b.data(), d, 0, c.data(), d);
  });
}

/* Dense queries, packed for infl_row_dense; to be freed. */
template <class T>
void *pack_rows_of(int32_t kernels, const std::vector<T> &v, int64_t p, int64_t m, int64_t q) {
  std::vector<int32_t> begin, end;
  for (int64_t i = 0; i < q; i++) {
    begin.push_back(int32_t(i * p));
    end.push_back(int32_t((i + 1) * p));
  }
  const int64_t lines = (m + INFL_COLUMN_UNIT - 1) / INFL_COLUMN_UNIT * INFL_COLUMN_UNIT;
  void *packed = infl_allocate(q * p * lines * int64_t(sizeof(T)), 0);
  const infl_product side = {matrix(v, m), matrix(v, m), 1, 1, q * p};
  const infl_examples list = {begin.data(), end.data(), q, 0, packed, packed, lines, lines};
  infl_pack_examples(kernels, &side, &list, m, m, 0, q);
  return packed;
}

template <class T>
void examples(int32_t kernels, void *work, int64_t p, int64_t m, int64_t t, int64_t n) {
  const auto s = random_values<T>(n * t * p), a = random_values<T>(n * t * m);
  std::vector<int32_t> begin, end;
  for (int64_t e = 0; e < n; e++) {
    begin.push_back(int32_t(e * t));
    end.push_back(int32_t(e * t + t));
  }
  const int64_t a_lines = (p + INFL_COLUMN_UNIT - 1) / INFL_COLUMN_UNIT * INFL_COLUMN_UNIT;
  const int64_t b_lines = (m + INFL_COLUMN_UNIT - 1) / INFL_COLUMN_UNIT * INFL_COLUMN_UNIT;
  void *packed_a = infl_allocate(n * t * a_lines * int64_t(sizeof(T)), 0);
  void *packed_b = infl_allocate(n * t * b_lines * int64_t(sizeof(T)), 0);
  const infl_examples list = {begin.data(), end.data(), n, 0, packed_a, packed_b, a_lines, b_lines};
  const infl_product product = {matrix(s, p), matrix(a, m), 1, 1, n * t};
  const double flops = 2.0 * double(n * t) * double(p) * double(m);
  char name[64];
  const char *type = sizeof(T) == 4 ? "f32" : "f64";
  std::vector<double> sum(size_t(p * m));
  std::snprintf(name, sizeof name, "squares %s (%d,%d) T=%d", type, int(p), int(m), int(t));
  report(name, flops, [&] {
    infl_pack_examples(kernels, &product, &list, p, m, 0, n);
    tiles(p, m, 192, 256, [&](int64_t i, int64_t r, int64_t j, int64_t c) {
      infl_square_tile(kernels, &product, &list, i, r, j, c, sum.data(), m, work);
    });
  });
  const int64_t q = 8, most = 128;
  const auto v = random_values<T>(most * p * m);
  const infl_queries queries = {v.data(), nullptr, nullptr, p, m, 0};
  std::vector<double> out(size_t(most * n * t));
  for (const int64_t count : {q, most}) {
    std::snprintf(name, sizeof name, "dot with %d queries, counted T+Q", int(count));
    report(name, flops * double(t + count) / double(t), [&] {
      infl_pack_examples(kernels, &product, &list, p, m, 0, n);
      tiles(p, m, 48, 128, [&](int64_t i, int64_t r, int64_t j, int64_t c) {
        infl_dot_tile(kernels, &product, &list, i, r, j, c, &queries, 0, count, 0, out.data(),
                      work);
      });
    });
  }
  const infl_matrix rows = matrix(s, p), right = matrix(a, m);
  std::snprintf(name, sizeof name, "rows dense, %d queries", int(q));
  report(name, flops * double(q), [&] {
    void *packed = pack_rows_of(kernels, v, p, m, q);
    tiles(n * t, 1, 96, 1, [&](int64_t i, int64_t r, int64_t, int64_t) {
      infl_row_dense(kernels, &rows, &right, i, r, &queries, packed, q, 0, out.data(), n * t, work);
    });
    infl_free(packed);
  });
  infl_free(packed_a);
  infl_free(packed_b);
}

template <class T>
void single_rows(int32_t kernels, void *work, int64_t p, int64_t m, int64_t n, int64_t q) {
  const auto s = random_values<T>(n * p), a = random_values<T>(n * m), v = random_values<T>(q * p * m);
  const infl_matrix left = matrix(s, p), right = matrix(a, m);
  const infl_queries queries = {v.data(), nullptr, nullptr, p, m, 0};
  const int64_t lines = (q + INFL_ROW_UNIT - 1) / INFL_ROW_UNIT * INFL_ROW_UNIT;
  const int64_t ldo = (n + INFL_COLUMN_UNIT - 1) / INFL_COLUMN_UNIT * INFL_COLUMN_UNIT;
  std::vector<double> out(size_t(lines * ldo));
  void *packed = infl_allocate(lines * p * m * int64_t(sizeof(T)), 0);
  char name[64];
  std::snprintf(name, sizeof name, "single rows (%d,%d), %d queries", int(p), int(m), int(q));
  report(name, 2.0 * double(n * q) * double(p * m), [&] {
    infl_pack_queries(kernels, &queries, q, 0, p * m, packed);
    tiles(n, 1, INFL_OUTER_ROWS, 1, [&](int64_t i, int64_t r, int64_t, int64_t) {
      infl_outer_tile(kernels, &left, &right, i, r, m, packed, q, 0, q, 0, p * m, out.data(), ldo,
                      work);
    });
  });
  std::snprintf(name, sizeof name, "rows dense (%d,%d), %d queries", int(p), int(m), int(q));
  report(name, 2.0 * double(n * q) * double(p * m), [&] {
    void *dense = pack_rows_of(kernels, v, p, m, q);
    tiles(n, 1, 96, 1, [&](int64_t i, int64_t r, int64_t, int64_t) {
      infl_row_dense(kernels, &left, &right, i, r, &queries, dense, q, 0, out.data(), n, work);
    });
    infl_free(dense);
  });
  infl_free(packed);
}

template <class T>
void covariance(int32_t kernels, int64_t d, int64_t rows) {
  const auto x = random_values<T>(rows * d);
  const infl_matrix input = matrix(x, d);
  const infl_product product = {input, input, 1, 1, rows};
  std::vector<float> partial(size_t(d * d));
  std::vector<double> master(size_t(d * d));
  std::vector<int32_t> begin, end;
  for (int64_t r = 0; r < rows; r += INFL_COVARIANCE_FLUSH) {
    begin.push_back(int32_t(r));
    end.push_back(int32_t(r + INFL_COVARIANCE_FLUSH < rows ? r + INFL_COVARIANCE_FLUSH : rows));
  }
  const int64_t lines = (d + INFL_COLUMN_UNIT - 1) / INFL_COLUMN_UNIT * INFL_COLUMN_UNIT;
  void *packed = infl_allocate(rows * lines * int64_t(sizeof(T)), 0);
  const infl_examples list = {begin.data(), end.data(), int64_t(begin.size()), 0,
                              packed,       packed,     lines,                 lines};
  char name[64];
  std::snprintf(name, sizeof name, "covariance %s d=%d (half counted)", sizeof(T) == 4 ? "f32" : "f64",
                int(d));
  report(name, double(rows) * double(d) * double(d), [&] {
    infl_pack_examples(kernels, &product, &list, d, d, 0, list.count);
    tiles(d, d, 96, 256, [&](int64_t i, int64_t r, int64_t j, int64_t c) {
      if (j > i + r - 1) return;
      infl_covariance_tile(kernels, &list, 0, i, r, j, c, partial.data(), master.data(), d);
    });
  });
  infl_free(packed);
}

}  // namespace

int main(int argc, char **argv) {
  void *blas = argc > 1 ? dlopen(argv[1], RTLD_NOW) : nullptr;
  if (blas) {
    reinterpret_cast<void (*)(int)>(dlsym(blas, "openblas_set_num_threads"))(1);
  }
  void *work = infl_allocate(infl_workspace_bytes(), 0);
  for (int32_t isa = infl_best_isa(); isa >= 0; isa--) {
    std::printf("instruction set %d\n", isa);
    gemm<float>(2 * isa, blas, work, 768);
    gemm<float>(2 * isa, blas, work, 1536);
    gemm<double>(2 * isa + 1, blas, work, 768);
    covariance<float>(2 * isa, 768, 4096);
    covariance<double>(2 * isa + 1, 768, 4096);
    examples<float>(2 * isa, work, 768, 768, 256, 24);
    examples<float>(2 * isa, work, 768, 768, 16, 64);
    examples<double>(2 * isa + 1, work, 768, 768, 256, 24);
    examples<float>(2 * isa, work, 256, 65, 1, 1437);
    for (int64_t q : {1, 8, 128}) {
      single_rows<float>(2 * isa, work, 256, 65, 1437, q);
      single_rows<float>(2 * isa, work, 128, 257, 1437, q);
      single_rows<float>(2 * isa, work, 10, 129, 1437, q);
    }
  }
  infl_free(work);
  return 0;
}
