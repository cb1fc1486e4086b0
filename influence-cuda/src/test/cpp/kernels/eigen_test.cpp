/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "eigen.cu"
#include "support.h"

using test::Buffer;
using test::Random;

namespace {

struct Quality {
  double residual;       // ‖A Q − Q Λ‖_F / ‖A‖_F
  double orthogonality;  // max |QᵀQ − I|
};

template <class T>
Quality quality(const T* a, const T* w, const T* v, int n) {
  double residual = 0, norm = 0, skew = 0;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      double sum = 0, dot = i == j ? -1 : 0;
      for (int k = 0; k < n; ++k) {
        double x = a[std::max(i, k) * n + std::min(i, k)];
        sum += x * static_cast<double>(v[k * n + j]);
        dot += static_cast<double>(v[k * n + i]) * static_cast<double>(v[k * n + j]);
      }
      double d = sum - static_cast<double>(w[j]) * static_cast<double>(v[i * n + j]);
      double x = a[std::max(i, j) * n + std::min(i, j)];
      residual += d * d;
      norm += x * x;
      skew = std::max(skew, std::fabs(dot));
    }
  }
  return {norm > 0 ? std::sqrt(residual / norm) : std::sqrt(residual), skew};
}

template <class T>
struct Problem {
  int n, batch;
  Buffer<T> a, w, v;
  Buffer<int32_t> sweeps;
  Buffer<double> errors;
  Problem(int n_, int batch_)
      : n(n_), batch(batch_), a(static_cast<size_t>(batch * n * n)), w(static_cast<size_t>(batch * n)), v(a.size()),
        sweeps(static_cast<size_t>(batch)), errors(static_cast<size_t>(2 * batch)) {}
  // A covariance of a few more rows than columns, or of fewer: then it is singular, as real ones are.
  void covariance(Random& random, int rows) {
    a.fill(0);
    for (int b = 0; b < batch; ++b) {
      for (int r = 0; r < rows; ++r) {
        std::vector<double> x(static_cast<size_t>(n));
        for (double& e : x) e = test::normal(random);
        for (int i = 0; i < n; ++i) {
          for (int j = 0; j < n; ++j) {
            size_t at = static_cast<size_t>((b * n + i) * n + j);
            a[at] += static_cast<T>(x[static_cast<size_t>(i)] * x[static_cast<size_t>(j)]);
          }
        }
      }
    }
  }
  void solve(int max_sweeps = 30) {
    CHECK_OK(infl_cuda_eigen(test::kPrecision<T>, a.data(), n, batch, max_sweeps, w.data(), v.data(), sweeps.data(),
        errors.data(), nullptr));
  }
  Quality worst() {
    Quality most{0, 0};
    for (int b = 0; b < batch; ++b) {
      Quality x = quality(&a[static_cast<size_t>(b * n * n)], &w[static_cast<size_t>(b * n)],
          &v[static_cast<size_t>(b * n * n)], n);
      most = {std::max(most.residual, x.residual), std::max(most.orthogonality, x.orthogonality)};
    }
    return most;
  }
};

template <class T>
void check(int n, int batch, int rows) {
  Random random(test::seed + static_cast<uint32_t>(n));
  Problem<T> p(n, batch), naive(n, batch);
  p.covariance(random, rows);
  for (size_t i = 0; i < p.a.size(); ++i) naive.a[i] = p.a[i];
  Buffer<T> destroyed(p.a.size());
  for (size_t i = 0; i < p.a.size(); ++i) destroyed[i] = p.a[i];
  // The upper triangle must not be read.
  for (int b = 0; b < batch; ++b) {
    for (int i = 0; i < n; ++i) {
      for (int j = i + 1; j < n; ++j) p.a[static_cast<size_t>((b * n + i) * n + j)] = T(NAN);
    }
  }
  p.solve();
  simt::launch("naive", eigen_naive<T>, static_cast<unsigned>(batch), 1, 0, destroyed.data(), n, 30, naive.w.data(),
      naive.v.data(), naive.sweeps.data());
  Quality fast = p.worst(), slow = naive.worst();
  CHECK(fast.residual <= 2 * slow.residual + 8 * test::kUnit<T>);
  CHECK(fast.orthogonality <= 2 * slow.orthogonality + 8 * test::kUnit<T>);
  for (int b = 0; b < batch; ++b) {
    CHECK(p.sweeps[static_cast<size_t>(b)] >= 0 && p.sweeps[static_cast<size_t>(b)] <= 12);
    CHECK(p.errors[static_cast<size_t>(2 * b)] <= 2.5 * test::kUnit<T>);  // the bound the convergence test promises
    CHECK(std::fabs(p.errors[static_cast<size_t>(2 * b + 1)]) <= fast.orthogonality * 1.01 + 1e-16);
    for (int i = 1; i < n; ++i) CHECK(p.w[static_cast<size_t>(b * n + i - 1)] <= p.w[static_cast<size_t>(b * n + i)]);
  }
}

}  // namespace

TEST(eigen) {
  test::in_all_schedules([] {
    for (int n : {1, 2, 3, 4, 5, 8, 17, 33}) {
      check<float>(n, 2, n + 3);
      check<double>(n, 2, n / 2 + 1);
    }
  });
  check<float>(64, 1, 40);
  check<double>(65, 1, 90);
}

TEST(eigen_largest) {
  CHECK(infl_cuda_eigen_max_dimension(INFL_F32) == 128);
  CHECK(infl_cuda_eigen_max_dimension(INFL_F64) >= 88);
  check<float>(128, 1, 200);
  check<double>(88, 1, 120);
  Problem<double> p(1, 1);
  CHECK(infl_cuda_eigen(INFL_F64, p.a.data(), 129, 1, 30, p.w.data(), p.v.data(), p.sweeps.data(), p.errors.data(),
      nullptr) == cudaErrorInvalidValue);
}

// The fold of the triangle of pairs into a rectangle, as in the kernel, must reach every pair of pairs once.
TEST(eigen_pairs) {
  for (int m = 2; m <= 128; m += 2) {
    std::vector<int> met(static_cast<size_t>(m * m));
    for (int step = 0; step < m - 1; ++step) {
      std::vector<bool> used(static_cast<size_t>(m));
      for (int k = 0; k < m / 2; ++k) {
        int p, q;
        pair_of(m, step, k, &p, &q);
        CHECK(p < q && !used[static_cast<size_t>(p)] && !used[static_cast<size_t>(q)]);
        used[static_cast<size_t>(p)] = used[static_cast<size_t>(q)] = true;
        ++met[static_cast<size_t>(p * m + q)];
      }
    }
    for (int p = 0; p < m; ++p) {
      for (int q = p + 1; q < m; ++q) CHECK(met[static_cast<size_t>(p * m + q)] == 1);
    }
  }
}

TEST(eigen_special) {
  test::in_all_schedules([] {
    const int n = 6;
    Problem<float> p(n, 6);
    p.a.fill(0);
    auto at = [&](int b, int i, int j) -> float& { return p.a[static_cast<size_t>((b * n + i) * n + j)]; };
    // 0: zero. 1: diagonal, unsorted, negative ones too. 2: all ones. 3: huge, tiny. 4: NaN. 5: infinite.
    for (int i = 0; i < n; ++i) {
      at(1, i, i) = static_cast<float>(i % 2 ? -i : i);
      for (int j = 0; j < n; ++j) at(2, i, j) = 1;
      for (int j = 0; j < n; ++j) at(3, i, j) = std::ldexp(1.f + static_cast<float>(i * j % 5), 120);
    }
    at(4, 3, 1) = NAN;
    at(5, 5, 0) = INFINITY;
    p.solve();
    for (size_t b = 0; b < 4; ++b) CHECK(p.sweeps[b] >= 0);
    CHECK(p.sweeps[0] == 0 && p.w[0] == 0 && p.w[5] == 0);
    CHECK(p.w[6] == -5 && p.w[11] == 4);
    CHECK(std::fabs(p.w[17] - 6) < 1e-5 && std::fabs(p.w[12]) < 1e-5);
    Quality huge = quality(&p.a[3 * 36], &p.w[3 * 6], &p.v[3 * 36], n);
    CHECK(huge.residual < 1e-5 && huge.orthogonality < 1e-5);
    for (size_t b = 4; b < 6; ++b) {
      CHECK(p.sweeps[b] == -1 && std::isnan(p.w[b * 6]) && std::isnan(p.v[b * 36 + 35]) && std::isnan(p.errors[2 * b]));
    }
  });
}

// Too few sweeps are reported, never passed off as a result.
TEST(eigen_not_converged) {
  Random random(test::seed);
  Problem<double> p(20, 1);
  p.covariance(random, 30);
  p.solve(1);
  CHECK(p.sweeps[0] == -1 && std::isnan(p.w[0]) && std::isnan(p.v[7]) && p.errors[0] > 1e-16);
  p.solve(30);
  int32_t needed = p.sweeps[0];
  p.solve(needed);
  CHECK(p.sweeps[0] == needed && needed > 1);
}

TEST(eigen_of_many) {
  for (int32_t many : test::kMany) {
    test::Counted counted;
    void* p = test::nowhere<void>();
    for (int32_t type : {INFL_F32, INFL_F64}) {
      CHECK_OK(infl_cuda_eigen(type, p, 88, many, 1, p, p, test::nowhere<int32_t>(), test::nowhere<double>(), nullptr));
    }
    CHECK(counted.launches == 2);
  }
}
