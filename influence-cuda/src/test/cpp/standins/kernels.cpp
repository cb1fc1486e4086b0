/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Stand-in of libinfluence_cuda.so: every function of influence_cuda.h as a plain loop on the host, queued on the
// stream. The JNI library is linked against it (any library with these functions does), and tests of the host side that
// need many runs use it; what the kernels themselves compute is tested on their emulated build. See standins.h.
#include "influence_cuda.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "standins.h"

namespace {

constexpr int32_t SUCCESS = 0;
constexpr int32_t INVALID_VALUE = 1;
constexpr int32_t LAUNCH_FAILURE = 719;
constexpr int32_t EIGEN_MAX = 100;

int32_t launch(void* stream, std::function<void()> work) {
  return standins::enqueue(stream, std::move(work)) ? SUCCESS : LAUNCH_FAILURE;
}

float half(uint16_t bits) {
  int32_t exponent = (bits >> 10) & 31;
  float mantissa = static_cast<float>(bits & 1023);
  float magnitude = exponent == 31 ? (mantissa != 0 ? NAN : INFINITY)
                    : exponent == 0 ? std::ldexp(mantissa, -24)
                                    : std::ldexp(mantissa + 1024, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

float bfloat(uint16_t bits) {
  uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  __builtin_memcpy(&value, &wide, sizeof value);
  return value;
}

double element(const infl_rows& rows, int64_t row, int64_t column) {
  if (column == rows.columns) {
    return 1;
  }
  int64_t stored = rows.index != nullptr ? rows.index[row] : row;
  int64_t at = rows.offset + stored * rows.stride + column;
  switch (rows.type) {
    case INFL_F32: return static_cast<const float*>(rows.data)[at];
    case INFL_F64: return static_cast<const double*>(rows.data)[at];
    case INFL_F16: return half(static_cast<const uint16_t*>(rows.data)[at]);
    default: return bfloat(static_cast<const uint16_t*>(rows.data)[at]);
  }
}

int32_t dimension(const infl_rows& rows) { return rows.columns + (rows.homogeneous != 0 ? 1 : 0); }

// Where output o reads with element k of the kernel, -1 for a zero.
int64_t source(const infl_axis& x, int64_t o, int64_t k, int32_t mode) {
  int64_t position = o * x.stride + k * x.dilation - x.padding;
  int64_t last = x.size - 1;
  switch (mode) {
    case INFL_REFLECT: return last - std::abs(last - std::abs(position));
    case INFL_REPLICATE: return std::clamp(position, int64_t{0}, last);
    case INFL_CIRCULAR: return (position + x.size) % x.size;
    default: return position < 0 || position > last ? -1 : position;
  }
}

const char* at_byte(const infl_images& x, int64_t element) {
  return static_cast<const char*>(x.data) + element * x.element_bytes;
}

template <class T>
const T* at(const void* base, int64_t index) {
  return static_cast<const T*>(base) + index;
}

// First and last row of an example.
int32_t begin_of(const infl_examples& x, int32_t e) { return x.offsets != nullptr ? x.offsets[e] : e; }

// An operand of a product as `precision` rounds it.
template <class T>
T operand(T value, int32_t precision) {
  if constexpr (sizeof(T) == 4) {
    return precision == INFL_TF32_PRODUCTS   ? standins::rounded(value, standins::TF32_BITS)
           : precision == INFL_BF16_PRODUCTS ? standins::rounded(value, standins::BF16_BITS)
                                             : value;
  }
  return value;
}

template <class T>
void add_scaled(const T* values, T factor, int64_t count, T* __restrict sums) {
  for (int64_t i = 0; i < count; ++i) {
    sums[i] += factor * values[i];
  }
}

// Without a sum, nothing is rounded.
template <class T>
std::vector<T> gradient(const infl_examples& x, int32_t e, int32_t precision) {
  std::vector<T> g(static_cast<size_t>(x.outputs) * static_cast<size_t>(x.inputs));
  std::vector<T> row(static_cast<size_t>(x.inputs));
  int32_t rounding = begin_of(x, e + 1) - begin_of(x, e) == 1 ? INFL_F32 : precision;
  for (int32_t r = begin_of(x, e); r < begin_of(x, e + 1); ++r) {
    const T* s = at<T>(x.gradients, r * x.gradients_stride);
    const T* a = at<T>(x.activations, r * x.activations_stride);
    std::transform(a, a + x.inputs, row.begin(), [=](T value) { return operand(value, rounding); });
    for (int64_t i = 0; i < x.outputs; ++i) {
      add_scaled(row.data(), operand(s[i], rounding), x.inputs, g.data() + i * x.inputs);
    }
  }
  return g;
}

// Calls body(T{}) in the compute type of a product.
template <class Body>
int32_t typed_product(int32_t precision, void* stream, Body body) {
  return launch(stream, [=] {
    if (precision == INFL_F64) {
      body(double{});
    } else {
      body(float{});
    }
  });
}

// Calls body(T{}) in the compute type.
template <class Body>
int32_t typed(int32_t precision, void* stream, Body body) {
  if (precision != INFL_F32 && precision != INFL_F64) {
    return INVALID_VALUE;
  }
  return typed_product(precision, stream, body);
}

// Calls body(e, pointer to gradient e, elements) for examples, formed or dense.
template <class T, class Body>
void each_gradient(const infl_examples& x, int32_t precision, Body body) {
  for (int32_t e = 0; e < x.examples; ++e) {
    std::vector<T> g = gradient<T>(x, e, precision);
    body(e, g.data(), static_cast<int64_t>(g.size()));
  }
}

template <class T, class Body>
void each_dense(const void* gradients, int32_t examples, int64_t elements, Body body) {
  for (int32_t e = 0; e < examples; ++e) {
    body(e, at<T>(gradients, e * elements), elements);
  }
}

template <class T>
void square(const T* g, int64_t elements, double* sum) {
  for (int64_t i = 0; i < elements; ++i) {
    sum[i] += static_cast<double>(g[i]) * static_cast<double>(g[i]);
  }
}

template <class T>
void weighted(const std::vector<const void*>& weights, const T* g, int64_t elements, int32_t e, int32_t examples,
    double* out) {
  for (size_t d = 0; d < weights.size(); ++d) {
    double total = 0;
    for (int64_t i = 0; i < elements; ++i) {
      total += static_cast<double>(*at<T>(weights[d], i)) * static_cast<double>(g[i]) * static_cast<double>(g[i]);
    }
    out[static_cast<int64_t>(d) * examples + e] = total;
  }
}

template <class T>
void accumulate(const T* g, int64_t elements, int32_t target, void* sums) {
  for (int64_t i = 0; target >= 0 && i < elements; ++i) {
    static_cast<T*>(sums)[target * elements + i] += g[i];
  }
}

template <class T>
double bilinear(const infl_examples& x, int32_t row, const T* v, int32_t precision) {
  const T* s = at<T>(x.gradients, row * x.gradients_stride);
  const T* a = at<T>(x.activations, row * x.activations_stride);
  double total = 0;
  for (int32_t i = 0; i < x.outputs; ++i) {
    double inner = 0;
    for (int32_t j = 0; j < x.inputs; ++j) {
      T element = operand(v[static_cast<int64_t>(i) * x.inputs + j], precision);
      inner += static_cast<double>(element) * static_cast<double>(a[j]);
    }
    total += static_cast<double>(operand(s[i], precision)) * inner;
  }
  return total;
}

template <class T>
double low_rank(const infl_examples& x, int32_t row, const T* left, const T* right, int32_t rank, int32_t precision) {
  auto times = [precision](T u, T v) {
    return static_cast<double>(operand(u, precision)) * static_cast<double>(operand(v, precision));
  };
  const T* s = at<T>(x.gradients, row * x.gradients_stride);
  const T* a = at<T>(x.activations, row * x.activations_stride);
  double total = 0;
  for (int32_t k = 0; k < rank; ++k) {
    double u = 0;
    double w = 0;
    for (int32_t i = 0; i < x.outputs; ++i) {
      u += times(s[i], left[static_cast<int64_t>(i) * rank + k]);
    }
    for (int32_t j = 0; j < x.inputs; ++j) {
      w += times(a[j], right[static_cast<int64_t>(j) * rank + k]);
    }
    total += u * w;
  }
  return total;
}

// value(q, row) into rows [Q, R] and sums over examples into scores [Q, E].
template <class Value>
void row_scores(const infl_examples& x, int32_t queries, double* rows, double* scores, Value value) {
  for (int32_t q = 0; q < queries; ++q) {
    for (int32_t e = 0; e < x.examples; ++e) {
      double total = 0;
      for (int32_t r = begin_of(x, e); r < begin_of(x, e + 1); ++r) {
        double one = value(q, r);
        total += one;
        if (rows != nullptr) {
          rows[static_cast<int64_t>(q) * x.rows + r] = one;
        }
      }
      if (scores != nullptr) {
        scores[static_cast<int64_t>(q) * x.examples + e] = total;
      }
    }
  }
}

// Cyclic Jacobi; rows of v become eigenvectors. Returns the sweeps, -1 if they were not enough.
int32_t jacobi(std::vector<double>& a, std::vector<double>& v, size_t n, int32_t max_sweeps) {
  double all = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
  for (int32_t sweep = 0; sweep <= max_sweeps; ++sweep) {
    double off = 0;
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < i; ++j) {
        off += a[i * n + j] * a[i * n + j];
      }
    }
    if (off <= 1e-30 * all) {
      return sweep;
    }
    for (size_t p = 0; sweep < max_sweeps && p < n; ++p) {
      for (size_t q = p + 1; q < n; ++q) {
        if (a[p * n + q] == 0) {
          continue;
        }
        double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
        double t = std::copysign(1.0, theta) / (std::fabs(theta) + std::hypot(1.0, theta));
        double c = 1 / std::hypot(1.0, t);
        double s = t * c;
        auto turn = [c, s](double& x, double& y) {
          double before = x;
          x = c * x - s * y;
          y = s * before + c * y;
        };
        for (size_t i = 0; i < n; ++i) {
          turn(a[p * n + i], a[q * n + i]);
          turn(v[p * n + i], v[q * n + i]);
        }
        for (size_t i = 0; i < n; ++i) {
          turn(a[i * n + p], a[i * n + q]);
        }
      }
    }
  }
  return -1;
}

template <class T>
int32_t eigen(const T* matrix, size_t n, int32_t max_sweeps, T* values, T* vectors) {
  std::vector<double> a(n * n);
  std::vector<double> v(n * n);
  bool finite = true;
  for (size_t i = 0; i < n; ++i) {
    v[i * n + i] = 1;
    for (size_t j = 0; j <= i; ++j) {
      a[i * n + j] = a[j * n + i] = static_cast<double>(matrix[i * n + j]);
      finite &= std::isfinite(a[i * n + j]);
    }
  }
  int32_t sweeps = finite ? jacobi(a, v, n, max_sweeps) : -1;
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  if (sweeps >= 0) {
    std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return a[i * n + i] < a[j * n + j]; });
  }
  for (size_t k = 0; k < n; ++k) {
    values[k] = sweeps < 0 ? std::numeric_limits<T>::quiet_NaN() : static_cast<T>(a[order[k] * n + order[k]]);
    for (size_t i = 0; i < n; ++i) {
      vectors[i * n + k] = sweeps < 0 ? std::numeric_limits<T>::quiet_NaN() : static_cast<T>(v[order[k] * n + i]);
    }
  }
  return sweeps;
}

void covariance(const infl_covariance_update& update) {
  int32_t d = dimension(update.rows);
  std::vector<double> row(static_cast<size_t>(d));
  for (int32_t r = 0; r < update.rows.rows; ++r) {
    for (int32_t i = 0; i < d; ++i) {
      row[static_cast<size_t>(i)] = element(update.rows, r, i);
      add_scaled(row.data(), row[static_cast<size_t>(i)], i + 1, update.master + static_cast<int64_t>(i) * d);
    }
  }
}

// Into k places, best first: higher value, then lower id; free places have id -1.
void insert(double value, int64_t id, double* values, int64_t* ids, int32_t k) {
  int32_t at = std::isnan(value) ? k : 0;
  while (at < k && ids[at] >= 0 && (values[at] > value || (values[at] == value && ids[at] < id))) {
    ++at;
  }
  if (at < k) {
    std::copy_backward(values + at, values + k - 1, values + k);
    std::copy_backward(ids + at, ids + k - 1, ids + k);
    values[at] = value;
    ids[at] = id;
  }
}

}  // namespace

extern "C" {

int32_t infl_cuda_abi_version(void) { return INFL_CUDA_ABI_VERSION; }

const char* infl_cuda_build(void) { return "stand-in: plain loops"; }

#ifndef STANDIN_USABLE
#define STANDIN_USABLE 0
#endif
int32_t infl_cuda_usable(void) { return STANDIN_USABLE; }

int32_t infl_cuda_pack(const infl_rows* rows, int32_t precision, void* out, int64_t ld, void* stream) {
  infl_rows from = *rows;
  return typed(precision, stream, [=](auto zero) {
    auto* to = static_cast<decltype(zero)*>(out);
    for (int64_t r = 0; r < from.rows; ++r) {
      for (int64_t c = 0; c < ld; ++c) {
        to[r * ld + c] = c < dimension(from) ? static_cast<decltype(zero)>(element(from, r, c)) : zero;
      }
    }
  });
}

int32_t infl_cuda_first_non_finite_row(const infl_rows* rows, int32_t* row, void* stream) {
  infl_rows from = *rows;
  return launch(stream, [=] {
    *row = -1;
    for (int32_t r = from.rows - 1; r >= 0; --r) {
      for (int32_t c = 0; c < from.columns; ++c) {
        *row = std::isfinite(element(from, r, c)) ? *row : r;
      }
    }
  });
}

int32_t infl_cuda_row_magnitudes(const infl_rows* rows, double* out, void* stream) {
  infl_rows from = *rows;
  return launch(stream, [=] {
    for (int32_t r = 0; r < from.rows; ++r) {
      out[r] = 0;
      for (int32_t c = 0; c < from.columns && !std::isnan(out[r]); ++c) {
        double x = std::fabs(element(from, r, c));
        out[r] = x <= out[r] ? out[r] : x;
      }
    }
  });
}

int32_t infl_cuda_unfold(const infl_images* images, int32_t count, void* out, void* stream) {
  infl_images x = *images;
  return launch(stream, [=] {
    char* to = static_cast<char*>(out);
    int64_t positions = int64_t{count} * x.rows.output * x.columns.output;
    int64_t columns = int64_t{x.channels} * x.rows.kernel * x.columns.kernel;
    for (int64_t i = 0; i < positions * columns; ++i, to += x.element_bytes) {
      int64_t position = i / columns;
      int64_t plane = position / x.columns.output / x.rows.output * x.channels +
                      i % columns / x.columns.kernel / x.rows.kernel;
      int64_t row = source(x.rows, position / x.columns.output % x.rows.output, i / x.columns.kernel % x.rows.kernel,
          x.padding_mode);
      int64_t column = source(x.columns, position % x.columns.output, i % x.columns.kernel, x.padding_mode);
      std::fill_n(to, x.element_bytes, char{0});
      if (row >= 0 && column >= 0) {
        int64_t at = (plane * x.rows.size + row) * x.columns.size + column;
        std::copy_n(at_byte(x, at), x.element_bytes, to);
      }
    }
  });
}

int64_t infl_cuda_covariance_workspace(const infl_covariance_update*, int32_t, int32_t) { return 256; }

int32_t infl_cuda_covariance_accumulate(const infl_covariance_update* updates, int32_t count, int32_t, void*, int64_t,
    void* stream) {
  std::vector<infl_covariance_update> copy(updates, updates + count);
  return launch(stream, [copy] { std::for_each(copy.begin(), copy.end(), covariance); });
}

int32_t infl_cuda_covariance_sum(const double* master, const void* partial, int32_t path, int32_t d, double* sum,
    void* stream) {
  return launch(stream, [=] {
    for (int64_t i = 0; i < d; ++i) {
      for (int64_t j = 0; j <= i; ++j) {
        double rest = path == INFL_COVARIANCE_F64 ? *at<double>(partial, i * d + j)
                                                  : static_cast<double>(*at<float>(partial, i * d + j));
        sum[i * d + j] = master[i * d + j] + rest;
        sum[j * d + i] = sum[i * d + j];
      }
    }
  });
}

int32_t infl_cuda_eigen_max_dimension(int32_t) { return EIGEN_MAX; }

int32_t infl_cuda_eigen(int32_t precision, const void* matrices, int32_t n, int32_t batch, int32_t max_sweeps,
    void* values, void* vectors, int32_t* sweeps, double* errors, void* stream) {
  if (n > EIGEN_MAX) {
    return INVALID_VALUE;
  }
  return typed(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    for (int64_t b = 0; b < batch; ++b) {
      sweeps[b] = eigen(at<T>(matrices, b * n * n), static_cast<size_t>(n), max_sweeps, static_cast<T*>(values) + b * n,
          static_cast<T*>(vectors) + b * n * n);
      errors[2 * b] = errors[2 * b + 1] = 0;
    }
  });
}

int32_t infl_cuda_gemm(int32_t precision, int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n, int32_t k,
    const void* a, int64_t lda, int64_t a_stride, const void* b, int64_t ldb, int64_t b_stride, void* c, int64_t ldc,
    int64_t c_stride, int32_t batch, void* stream) {
  return typed_product(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    // The inner loop is over columns, which a compiler may do several at a time.
    std::vector<T> right(static_cast<size_t>(k) * static_cast<size_t>(n));
    for (int64_t q = 0; q < batch; ++q) {
      for (int64_t p = 0; p < k; ++p) {
        for (int64_t j = 0; j < n; ++j) {
          int64_t from = transpose_b ? j * ldb + p : p * ldb + j;
          right[static_cast<size_t>(p * n + j)] = operand(*at<T>(b, q * b_stride + from), precision);
        }
      }
      for (int64_t i = 0; i < m; ++i) {
        T* row = static_cast<T*>(c) + q * c_stride + i * ldc;
        std::fill_n(row, n, T{0});
        for (int64_t p = 0; p < k; ++p) {
          T factor = operand(*at<T>(a, q * a_stride + (transpose_a ? p * lda + i : i * lda + p)), precision);
          add_scaled(right.data() + p * n, factor, n, row);
        }
      }
    }
  });
}

int32_t infl_cuda_scale(int32_t precision, const void* weights, const void* values, void* out, int64_t elements,
    int32_t batch, void* stream) {
  return typed(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    for (int64_t i = 0; i < batch * elements; ++i) {
      static_cast<T*>(out)[i] = *at<T>(weights, i % elements) * *at<T>(values, i);
    }
  });
}

int32_t infl_cuda_gradients(int32_t precision, const infl_examples* examples, void* gradients, void* stream) {
  infl_examples x = *examples;
  return typed_product(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    each_gradient<T>(x, precision, [=](int32_t e, const T* g, int64_t elements) {
      std::copy_n(g, elements, static_cast<T*>(gradients) + e * elements);
    });
  });
}

int64_t infl_cuda_squares_workspace(int32_t, const infl_examples*) { return 256; }

int32_t infl_cuda_squares(int32_t precision, const infl_examples* examples, double* sum, void*, int64_t, void* stream) {
  infl_examples x = *examples;
  return typed_product(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    each_gradient<T>(x, precision, [=](int32_t, const T* g, int64_t elements) { square(g, elements, sum); });
  });
}

int64_t infl_cuda_weighted_squares_workspace(const infl_examples*, int32_t) { return 256; }

int32_t infl_cuda_weighted_squares(int32_t precision, const infl_examples* examples, const void* const* weights,
    int32_t count, double* out, void*, int64_t, void* stream) {
  infl_examples x = *examples;
  std::vector<const void*> copy(weights, weights + count);
  return typed_product(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    each_gradient<T>(x, precision, [&](int32_t e, const T* g, int64_t elements) {
      weighted(copy, g, elements, e, x.examples, out);
    });
  });
}

int32_t infl_cuda_accumulate_gradients(int32_t precision, const infl_examples* examples, const int32_t* targets,
    int32_t, void* sums, void* stream) {
  infl_examples x = *examples;
  return typed_product(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    each_gradient<T>(x, precision, [=](int32_t e, const T* g, int64_t elements) { accumulate(g, elements, targets[e], sums); });
  });
}

int32_t infl_cuda_dense_squares(int32_t precision, const void* gradients, int32_t examples, int64_t elements,
    double* sum, void* stream) {
  return typed(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    each_dense<T>(gradients, examples, elements, [=](int32_t, const T* g, int64_t n) { square(g, n, sum); });
  });
}

int64_t infl_cuda_dense_weighted_squares_workspace(int32_t, int64_t, int32_t) { return 256; }

int32_t infl_cuda_dense_weighted_squares(int32_t precision, const void* gradients, int32_t examples, int64_t elements,
    const void* const* weights, int32_t count, double* out, void*, int64_t, void* stream) {
  std::vector<const void*> copy(weights, weights + count);
  return typed(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    each_dense<T>(gradients, examples, elements, [&](int32_t e, const T* g, int64_t n) {
      weighted(copy, g, n, e, examples, out);
    });
  });
}

int32_t infl_cuda_dense_accumulate(int32_t precision, const void* gradients, int32_t examples, int64_t elements,
    const int32_t* targets, int32_t, void* sums, void* stream) {
  return typed(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    each_dense<T>(gradients, examples, elements, [=](int32_t e, const T* g, int64_t n) {
      accumulate(g, n, targets[e], sums);
    });
  });
}

int64_t infl_cuda_score_workspace(const infl_examples*, int32_t) { return 256; }

int32_t infl_cuda_score(int32_t precision, const infl_examples* examples, const void* queries, int32_t query_count,
    double* scores, void*, int64_t, void* stream) {
  infl_examples x = *examples;
  return typed_product(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    each_gradient<T>(x, precision, [=](int32_t e, const T* g, int64_t elements) {
      for (int64_t q = 0; q < query_count; ++q) {
        scores[q * x.examples + e] = std::inner_product(g, g + elements, at<T>(queries, q * elements), 0.0,
            std::plus<double>(), [](T u, T v) { return static_cast<double>(u) * static_cast<double>(v); });
      }
    });
  });
}

int64_t infl_cuda_score_rows_workspace(const infl_examples*, int32_t) { return 256; }

int32_t infl_cuda_score_rows(int32_t precision, const infl_examples* examples, const void* queries, int32_t query_count,
    double* rows, double* scores, void*, int64_t, void* stream) {
  infl_examples x = *examples;
  int64_t elements = static_cast<int64_t>(x.outputs) * x.inputs;
  return typed_product(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    row_scores(x, query_count, rows, scores,
        [=](int32_t q, int32_t r) { return bilinear(x, r, at<T>(queries, q * elements), precision); });
  });
}

int64_t infl_cuda_score_rows_low_rank_workspace(const infl_examples*, int32_t, int32_t) { return 256; }

int32_t infl_cuda_score_rows_low_rank(int32_t precision, const infl_examples* examples, const void* left,
    const void* right, int32_t rank, int32_t query_count, double* rows, double* scores, void*, int64_t, void* stream) {
  infl_examples x = *examples;
  return typed_product(precision, stream, [=](auto zero) {
    using T = decltype(zero);
    row_scores(x, query_count, rows, scores, [=](int32_t q, int32_t r) {
      return low_rank(x, r, at<T>(left, static_cast<int64_t>(q) * x.outputs * rank),
          at<T>(right, static_cast<int64_t>(q) * x.inputs * rank), rank, precision);
    });
  });
}

int32_t infl_cuda_add_scores(const double* part, int32_t queries, int32_t n, double* sums, int64_t ld, int64_t first,
    void* stream) {
  return launch(stream, [=] {
    for (int64_t q = 0; q < queries; ++q) {
      for (int64_t i = 0; i < n; ++i) {
        sums[q * ld + first + i] += part[q * n + i];
      }
    }
  });
}

int32_t infl_cuda_topk_clear(double* values, int64_t* ids, int32_t queries, int32_t k, void* stream) {
  return launch(stream, [=] {
    std::fill(values, values + static_cast<int64_t>(queries) * k, -INFINITY);
    std::fill(ids, ids + static_cast<int64_t>(queries) * k, int64_t{-1});
  });
}

int32_t infl_cuda_topk_update(const double* scores, int64_t ld, int32_t n, int32_t sign, const int64_t* example_ids,
    int64_t first_id, double* values, int64_t* ids, int32_t queries, int32_t k, void* stream) {
  return launch(stream, [=] {
    for (int64_t q = 0; q < queries; ++q) {
      for (int32_t i = 0; i < n; ++i) {
        insert(sign * scores[q * ld + i], example_ids != nullptr ? example_ids[i] : first_id + i, values + q * k,
            ids + q * k, k);
      }
    }
  });
}

}  // extern "C"
