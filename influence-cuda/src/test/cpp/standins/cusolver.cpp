/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Stand-in of libcusolver.so.12: symmetric eigenvalues by cyclic Jacobi in double. See standins.h.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "standins.h"

namespace {

enum Status : int32_t { SUCCESS = 0, INVALID_VALUE = 3, INTERNAL_ERROR = 7 };

constexpr int32_t VECTORS = 1;
constexpr int32_t LOWER = 0;
constexpr int32_t F64 = 1;
constexpr int MAX_SWEEPS = 60;

struct Handle {
  void* stream = nullptr;
};

// Rows of `vectors` are rotated along with rows and columns of `a`, both n x n.
struct Jacobi {
  size_t n;
  std::vector<double> a, vectors;

  double off_diagonal() const {
    double sum = 0;
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < i; ++j) {
        sum += 2 * a[i * n + j] * a[i * n + j];
      }
    }
    return sum;
  }

  void rotate(size_t p, size_t q) {
    double off = a[p * n + q];
    if (off == 0) {
      return;
    }
    double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
    double t = std::copysign(1.0, theta) / (std::fabs(theta) + std::hypot(1.0, theta));
    double c = 1 / std::hypot(1.0, t);
    double s = t * c;
    for (size_t i = 0; i < n; ++i) {
      turn(a[p * n + i], a[q * n + i], c, s);
      turn(vectors[p * n + i], vectors[q * n + i], c, s);
    }
    for (size_t i = 0; i < n; ++i) {
      turn(a[i * n + p], a[i * n + q], c, s);
    }
  }

  static void turn(double& x, double& y, double c, double s) {
    double before = x;
    x = c * x - s * y;
    y = s * before + c * y;
  }

  bool solve() {
    double all = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
    for (int sweep = 0; sweep < MAX_SWEEPS; ++sweep) {
      if (off_diagonal() <= 1e-30 * all) {
        return true;
      }
      for (size_t p = 0; p < n; ++p) {
        for (size_t q = p + 1; q < n; ++q) {
          rotate(p, q);
        }
      }
    }
    return off_diagonal() <= 1e-28 * all;
  }
};

void eigen(double* matrix, int64_t order, double* values, int32_t* info) {
  auto n = static_cast<size_t>(order);
  Jacobi jacobi{n, std::vector<double>(n * n), std::vector<double>(n * n)};
  for (size_t i = 0; i < n; ++i) {
    jacobi.vectors[i * n + i] = 1;
    for (size_t j = 0; j <= i; ++j) {
      jacobi.a[i * n + j] = jacobi.a[j * n + i] = matrix[j * n + i];  // column-major, lower triangle
    }
  }
  *info = jacobi.solve() ? 0 : 1;
  std::vector<size_t> order_of(n);
  std::iota(order_of.begin(), order_of.end(), size_t{0});
  std::sort(order_of.begin(), order_of.end(),
      [&](size_t i, size_t j) { return jacobi.a[i * n + i] < jacobi.a[j * n + j]; });
  for (size_t k = 0; k < n; ++k) {
    values[k] = jacobi.a[order_of[k] * n + order_of[k]];
    std::copy_n(jacobi.vectors.begin() + static_cast<int64_t>(order_of[k] * n), n, matrix + k * n);
  }
}

struct Arguments {
  int32_t jobz, uplo, type_a, type_w;
  int64_t n, lda;

  bool valid() const {
    return jobz == VECTORS && uplo == LOWER && type_a == F64 && type_w == F64 && n >= 1 && lda == n;
  }
};

Status solve(const char* function, void* handle, const Arguments& arguments, void* matrices, void* values, void* work,
    size_t work_bytes, int32_t* info, int64_t batch) {
  if (standin_fails(function)) {
    return INTERNAL_ERROR;
  }
  int64_t n = arguments.n;
  auto square = static_cast<size_t>(batch * n * n) * sizeof(double);
  auto line = static_cast<size_t>(batch * n) * sizeof(double);
  if (!arguments.valid() || work_bytes < line || !standin_on_device(function, matrices, square) ||
      !standin_on_device(function, values, line) || !standin_on_device(function, work, work_bytes) ||
      !standin_on_device(function, info, static_cast<size_t>(batch) * sizeof(int32_t))) {
    return INVALID_VALUE;
  }
  auto* a = static_cast<double*>(matrices);
  auto* w = static_cast<double*>(values);
  bool queued = standins::enqueue(static_cast<Handle*>(handle)->stream, [=] {
    for (int64_t b = 0; b < batch; ++b) {
      eigen(a + b * n * n, n, w + b * n, info + b);
    }
  });
  return queued ? SUCCESS : INTERNAL_ERROR;
}

Status sizes(const char* function, const Arguments& arguments, int64_t batch, size_t* device, size_t* host) {
  if (standin_fails(function)) {
    return INTERNAL_ERROR;
  }
  // As LAPACK's dsyevd; the real one takes about as much.
  *device = static_cast<size_t>(batch * (1 + 6 * arguments.n + 2 * arguments.n * arguments.n)) * sizeof(double);
  *host = 64;
  return arguments.valid() ? SUCCESS : INVALID_VALUE;
}

}  // namespace

extern "C" {

Status cusolverDnCreate(void** handle) {
  if (standin_fails("cusolverDnCreate")) {
    return INTERNAL_ERROR;
  }
  *handle = new Handle;
  standin_object(1);
  return SUCCESS;
}

Status cusolverDnDestroy(void* handle) {
  bool fails = standin_fails("cusolverDnDestroy");
  delete static_cast<Handle*>(handle);
  standin_object(-1);
  return fails ? INTERNAL_ERROR : SUCCESS;
}

Status cusolverDnSetStream(void* handle, void* stream) {
  if (standin_fails("cusolverDnSetStream")) {
    return INTERNAL_ERROR;
  }
  static_cast<Handle*>(handle)->stream = stream;
  return SUCCESS;
}

Status cusolverDnCreateParams(void** params) {
  if (standin_fails("cusolverDnCreateParams")) {
    return INTERNAL_ERROR;
  }
  *params = new int32_t(0);
  standin_object(1);
  return SUCCESS;
}

Status cusolverDnDestroyParams(void* params) {
  bool fails = standin_fails("cusolverDnDestroyParams");
  delete static_cast<int32_t*>(params);
  standin_object(-1);
  return fails ? INTERNAL_ERROR : SUCCESS;
}

Status cusolverDnXsyevd_bufferSize(void*, void*, int32_t jobz, int32_t uplo, int64_t n, int32_t type_a, const void*,
    int64_t lda, int32_t type_w, const void*, int32_t, size_t* device, size_t* host) {
  return sizes("cusolverDnXsyevd_bufferSize", {jobz, uplo, type_a, type_w, n, lda}, 1, device, host);
}

Status cusolverDnXsyevd(void* handle, void*, int32_t jobz, int32_t uplo, int64_t n, int32_t type_a, void* a,
    int64_t lda,
    int32_t type_w, void* w, int32_t, void* device, size_t device_bytes, void*, size_t, int32_t* info) {
  return solve("cusolverDnXsyevd", handle, {jobz, uplo, type_a, type_w, n, lda}, a, w, device, device_bytes, info, 1);
}

Status cusolverDnXsyevBatched_bufferSize(void*, void*, int32_t jobz, int32_t uplo, int64_t n, int32_t type_a,
    const void*, int64_t lda, int32_t type_w, const void*, int32_t, size_t* device, size_t* host, int64_t batch) {
  return sizes("cusolverDnXsyevBatched_bufferSize", {jobz, uplo, type_a, type_w, n, lda}, batch, device, host);
}

Status cusolverDnXsyevBatched(void* handle, void*, int32_t jobz, int32_t uplo, int64_t n, int32_t type_a, void* a,
    int64_t lda, int32_t type_w, void* w, int32_t, void* device, size_t device_bytes, void*, size_t, int32_t* info,
    int64_t batch) {
  return solve("cusolverDnXsyevBatched", handle, {jobz, uplo, type_a, type_w, n, lda}, a, w, device, device_bytes, info,
      batch);
}

}  // extern "C"
