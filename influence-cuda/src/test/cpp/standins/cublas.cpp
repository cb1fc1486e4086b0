/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Stand-in of libcublas.so.13: column-major loops, sums in double. See standins.h.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "standins.h"

namespace {

enum Status : int32_t { SUCCESS = 0, INVALID_VALUE = 7, EXECUTION_FAILED = 13 };

struct Handle {
  void* stream = nullptr;
};

// Whether memory holds what no computation leaves in it but cudaMalloc of the stand-in does.
template <class T>
bool never_written(T x) {
  unsigned char bytes[sizeof(T)];
  memcpy(bytes, &x, sizeof x);
  return std::all_of(bytes, bytes + sizeof x, [](unsigned char byte) { return byte == 0xFF; });
}

// op(X), [rows, columns], as a row-major array of doubles. Like compute-sanitizer's initcheck it objects to an operand
// that nobody has written.
template <class T>
std::vector<double> packed(const T* x, int64_t ld, bool transposed, int64_t rows, int64_t columns, int ignored) {
  std::vector<double> out(static_cast<size_t>(rows * columns));
  bool unwritten = false;
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      T element = x[transposed ? i * ld + j : j * ld + i];
      unwritten |= never_written(element);
      out[static_cast<size_t>(i * columns + j)] =
          ignored == 0 ? element : static_cast<T>(standins::rounded(static_cast<float>(element), ignored));
    }
  }
  if (unwritten) {
    standin_misuse("a product of cuBLAS", "reads memory that was never written");
  }
  return out;
}

template <class T>
struct Gemm {
  bool transpose_a, transpose_b;
  int64_t m, n, k;
  T alpha;
  const T* a;
  int64_t lda;
  const T* b;
  int64_t ldb;
  T beta;
  T* c;
  int64_t ldc;
  int ignored = 0;  // bits of the operands

  bool valid() const {
    return m >= 0 && n >= 0 && k >= 0 && lda >= (transpose_a ? k : m) && lda >= 1 &&
           ldb >= (transpose_b ? n : k) && ldb >= 1 && ldc >= m && ldc >= 1;
  }

  bool on_device(const char* function) const {
    return m == 0 || n == 0 ||
           ((k == 0 || (standin_on_device(function, a, extent(lda, transpose_a ? k : m, transpose_a ? m : k)) &&
                        standin_on_device(function, b, extent(ldb, transpose_b ? n : k, transpose_b ? k : n)))) &&
            standin_on_device(function, c, extent(ldc, m, n)));
  }

  bool aligned() const {
    return (reinterpret_cast<uintptr_t>(a) | reinterpret_cast<uintptr_t>(b) | reinterpret_cast<uintptr_t>(c)) % 16 == 0;
  }

  static size_t extent(int64_t ld, int64_t rows, int64_t columns) {
    return static_cast<size_t>((columns - 1) * ld + rows) * sizeof(T);
  }

  void operator()() const {
    std::vector<double> left = packed(a, lda, transpose_a, m, k, ignored);
    std::vector<double> right = packed(b, ldb, transpose_b, k, n, ignored);
    std::vector<double> row(static_cast<size_t>(n));
    for (int64_t i = 0; i < m; ++i) {
      std::fill(row.begin(), row.end(), 0.0);
      for (int64_t p = 0; p < k; ++p) {
        double factor = left[static_cast<size_t>(i * k + p)];
        const double* from = right.data() + p * n;
        for (int64_t j = 0; j < n; ++j) {
          row[static_cast<size_t>(j)] += factor * from[j];
        }
      }
      for (int64_t j = 0; j < n; ++j) {
        T& out = c[j * ldc + i];
        double before = beta == 0 ? 0.0 : static_cast<double>(beta) * out;
        out = static_cast<T>(static_cast<double>(alpha) * row[static_cast<size_t>(j)] + before);
      }
    }
  }
};

template <class T>
Status gemm(const char* function, void* handle, const Gemm<T>& product) {
  if (standin_fails(function)) {
    return EXECUTION_FAILED;
  }
  if (!product.valid() || !product.on_device(function)) {
    return INVALID_VALUE;
  }
  __atomic_fetch_add(&standin_state()->products, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&standin_state()->rounded, product.ignored == 0 ? 0 : 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&standin_state()->unaligned, product.aligned() ? 0 : 1, __ATOMIC_RELAXED);
  return standins::enqueue(static_cast<Handle*>(handle)->stream, product) ? SUCCESS : EXECUTION_FAILED;
}

}  // namespace

extern "C" {

int32_t cudaStreamSynchronize(void* stream);

Status cublasCreate_v2(void** handle) {
  if (standin_fails("cublasCreate_v2")) {
    return EXECUTION_FAILED;
  }
  *handle = new Handle;
  standin_object(1);
  return SUCCESS;
}

Status cublasDestroy_v2(void* handle) {
  bool fails = standin_fails("cublasDestroy_v2");
  delete static_cast<Handle*>(handle);
  standin_object(-1);
  return fails ? EXECUTION_FAILED : SUCCESS;
}

Status cublasSetStream_v2(void* handle, void* stream) {
  if (standin_fails("cublasSetStream_v2")) {
    return EXECUTION_FAILED;
  }
  static_cast<Handle*>(handle)->stream = stream;
  return SUCCESS;
}

Status cublasGetVersion_v2(void*, int32_t* version) {
  if (standin_fails("cublasGetVersion_v2")) {
    return EXECUTION_FAILED;
  }
  *version = 130000;
  return SUCCESS;
}

const char* cublasGetStatusString(Status status) {
  switch (status) {
    case SUCCESS: return "the operation completed successfully";
    case INVALID_VALUE: return "an unsupported value or parameter was passed to the function";
    default: return "the GPU program failed to execute";
  }
}

Status cublasSgemm_v2(void* handle, int32_t ta, int32_t tb, int32_t m, int32_t n, int32_t k, const float* alpha,
    const float* a, int32_t lda, const float* b, int32_t ldb, const float* beta, float* c, int32_t ldc) {
  return gemm("cublasSgemm_v2", handle, Gemm<float>{ta != 0, tb != 0, m, n, k, *alpha, a, lda, b, ldb, *beta, c, ldc});
}

// Of the types of operands and of computing those that we use.
Status cublasGemmEx(void* handle, int32_t ta, int32_t tb, int32_t m, int32_t n, int32_t k, const void* alpha,
    const void* a, int32_t a_type, int32_t lda, const void* b, int32_t b_type, int32_t ldb, const void* beta, void* c,
    int32_t c_type, int32_t ldc, int32_t compute, int32_t algorithm) {
  constexpr int32_t FLOAT = 0, FAST_BF16 = 75, FAST_TF32 = 77, DEFAULT_ALGORITHM = -1;
  if (a_type != FLOAT || b_type != FLOAT || c_type != FLOAT || algorithm != DEFAULT_ALGORITHM ||
      (compute != FAST_BF16 && compute != FAST_TF32)) {
    return INVALID_VALUE;
  }
  return gemm("cublasGemmEx", handle,
      Gemm<float>{ta != 0, tb != 0, m, n, k, *static_cast<const float*>(alpha), static_cast<const float*>(a), lda,
          static_cast<const float*>(b), ldb, *static_cast<const float*>(beta), static_cast<float*>(c), ldc,
          compute == FAST_TF32 ? standins::TF32_BITS : standins::BF16_BITS});
}

Status cublasDgemm_v2(void* handle, int32_t ta, int32_t tb, int32_t m, int32_t n, int32_t k, const double* alpha,
    const double* a, int32_t lda, const double* b, int32_t ldb, const double* beta, double* c, int32_t ldc) {
  return gemm("cublasDgemm_v2", handle, Gemm<double>{ta != 0, tb != 0, m, n, k, *alpha, a, lda, b, ldb, *beta, c, ldc});
}

// With a result on the host the call waits for the stream, as documented.
Status cublasDnrm2_v2(void* handle, int32_t n, const double* x, int32_t step, double* result) {
  if (standin_fails("cublasDnrm2_v2")) {
    return EXECUTION_FAILED;
  }
  if (step != 1 || !standin_on_device("cublasDnrm2_v2", x, static_cast<size_t>(n) * sizeof(double))) {
    return INVALID_VALUE;
  }
  if (cudaStreamSynchronize(static_cast<Handle*>(handle)->stream) != 0) {
    return EXECUTION_FAILED;
  }
  double sum = 0;
  for (int32_t i = 0; i < n; ++i) {
    sum += x[i] * x[i];
  }
  *result = std::sqrt(sum);
  return SUCCESS;
}

}  // extern "C"
