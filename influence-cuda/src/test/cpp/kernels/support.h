/*
 * SPDX-License-Identifier: Apache-2.0
 */
// A test harness of few lines, and what the kernel tests share. Each test file includes the .cu file it tests, to reach
// the naive kernels beside the fast ones.
#ifndef KERNELS_SUPPORT_H
#define KERNELS_SUPPORT_H

#include <sys/mman.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tensor.cuh"

namespace test {

struct Case {
  const char* name;
  void (*run)();
};
std::vector<Case>& cases();
struct Register {
  Register(const char* name, void (*run)()) { cases().push_back({name, run}); }
};
#define TEST(name)                                     \
  static void name();                                  \
  static test::Register register_##name(#name, &name); \
  static void name()

// Says what failed; the test goes on, up to ten messages.
void fail(const char* file, int line, const std::string& what);
extern int checks;
#define CHECK(condition) (++test::checks, (condition) ? void() : test::fail(__FILE__, __LINE__, #condition))
#define CHECK_OK(call)                                                                                       \
  do {                                                                                                       \
    int32_t code_ = (call);                                                                                  \
    const char* fault_ = simt::fault();                                                              \
    ++test::checks;                                                                                          \
    if (code_ || fault_) test::fail(__FILE__, __LINE__, #call " returned " + std::to_string(code_) + " " + \
        (fault_ ? fault_ : "")); \
  } while (0)

// Memory of exactly the size asked for, so that AddressSanitizer sees every overrun; `shift` elements off a 256-byte
// boundary.
template <class T>
class Buffer {
 public:
  explicit Buffer(size_t count, size_t shift = 0) : count_(count) {
    if (posix_memalign(&memory_, 256, (count + shift) * sizeof(T) + (count + shift == 0))) abort();
    data_ = static_cast<T*>(memory_) + shift;
    for (size_t n = 0; n + 2 <= (count + shift) * sizeof(T); n += 2) {  // NaN: what is not written shows
      memcpy(static_cast<char*>(memory_) + n, &simt::kFresh, 2);
    }
  }
  Buffer(const Buffer&) = delete;
  ~Buffer() { free(memory_); }
  T* data() { return data_; }
  T& operator[](size_t i) { return data_[i]; }
  size_t size() const { return count_; }
  void fill(T value) {
    for (size_t i = 0; i < count_; ++i) data_[i] = value;
  }
  std::vector<double> doubles() const { return std::vector<double>(data_, data_ + count_); }

 private:
  void* memory_ = nullptr;
  T* data_;
  size_t count_;
};

// Memory of more elements than an int counts, of which a test touches few.
template <class T>
class FarBuffer {
 public:
  static constexpr int64_t kStride = (int64_t{1} << 31) + 8;

  explicit FarBuffer(int rows) : bytes_(static_cast<size_t>(rows) * kStride * sizeof(T)) {
    void* p = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) abort();
    data_ = static_cast<T*>(p);
  }
  FarBuffer(const FarBuffer&) = delete;
  ~FarBuffer() { munmap(data_, bytes_); }
  T* row(int r) { return data_ + r * kStride; }

 private:
  T* data_;
  size_t bytes_;
};

using Random = std::mt19937;
extern uint32_t seed;

inline double normal(Random& random) {
  static thread_local std::normal_distribution<double> distribution;
  return distribution(random);
}

// Fills with standard normal numbers as the element type rounds them.
template <class T>
void fill_normal(Buffer<T>& buffer, Random& random) {
  for (size_t i = 0; i < buffer.size(); ++i) {
    float x = static_cast<float>(normal(random));
    if constexpr (std::is_same_v<T, __half>) buffer[i] = __float2half_rn(x);
    else if constexpr (std::is_same_v<T, __nv_bfloat16>) buffer[i] = __float2bfloat16_rn(x);
    else if constexpr (std::is_same_v<T, double>) buffer[i] = normal(random);
    else buffer[i] = x;
  }
}

inline double element(const void* data, int32_t type, int64_t i) {
  switch (type) {
    case INFL_F64:
      return static_cast<const double*>(data)[i];
    case INFL_F16:
      return __half2float(static_cast<const __half*>(data)[i]);
    case INFL_BF16:
      return __bfloat162float(static_cast<const __nv_bfloat16*>(data)[i]);
    default:
      return static_cast<const float*>(data)[i];
  }
}
inline double element(const infl_rows& rows, int r, int c) {
  if (c == rows.columns) return 1;
  return element(rows.data, rows.type, rows.offset + int64_t{rows.index ? rows.index[r] : r} * rows.stride + c);
}

// Of a way of computing: float, double, or a path of tensor cores.
template <class A>
constexpr int32_t kPrecision = std::is_same_v<A, double> ? INFL_F64
    : std::is_same_v<A, infl::Tf32Path>                  ? INFL_TF32_PRODUCTS
    : std::is_same_v<A, infl::Bf16Path>                  ? INFL_BF16_PRODUCTS
                                                         : INFL_F32;
// All of them.
constexpr int32_t kProducts[] = {INFL_F32, INFL_F64, INFL_TF32_PRODUCTS, INFL_BF16_PRODUCTS};
template <class A>
constexpr double kUnit = std::is_same_v<A, double> ? 1.12e-16 : 5.97e-8;

// As tensor cores round: products of such operands are exact, and what they compute is as good as in float.
template <class A, class T>
void round_as(Buffer<T>& buffer) {
  if constexpr (!std::is_arithmetic_v<A>) {
    for (size_t i = 0; i < buffer.size(); ++i) buffer[i] = infl::round_to<A>(buffer[i]);
  }
}

// ‖a − b‖₂ / ‖b‖₂, infinite if anything is NaN.
double distance(const std::vector<double>& a, const std::vector<double>& b);

// The rule for fast kernels: at most twice the error of the naive one in the same precision (and a few roundings, for
// when the naive one happens to be exact).
#define CHECK_AS_GOOD(fast, naive, exact, unit)                                                                     \
  do {                                                                                                              \
    double fast_ = test::distance((fast), (exact)), naive_ = test::distance((naive), (exact));                      \
    ++test::checks;                                                                                                 \
    if (!(fast_ <= 2 * naive_ + 4 * (unit))) {                                                                      \
      test::fail(__FILE__, __LINE__, #fast ": error " + std::to_string(fast_ / (unit)) + " units, naive " + \
          std::to_string(naive_ / (unit))); \
    }                                                                                                               \
  } while (0)

// Runs body on a device of one multiprocessor, where grids are small and a block takes several examples, as it does with
// the many examples of real batches.
template <class F>
void on_small_device(F body) {
  int all = std::exchange(simt::machine().multiprocessors, 1);
  body();
  simt::machine().multiprocessors = all;
}

// Runs body in each of the three schedules and on a small device; on PTX, where races are found as such, in one schedule.
template <class F>
void in_all_schedules(F body) {
  int32_t schedules = simt::machine().runner ? 1 : 3;
  for (int32_t schedule = 0; schedule < schedules; ++schedule) {
    simt::set_schedule(static_cast<simt::Schedule>(schedule), 7);
    body();
  }
  simt::set_schedule(simt::Schedule::kForward, 1);
  on_small_device(body);
}

// A kernel launched at once with a thread an item, for the naive ones.
template <class... P, class... A>
void run_naive(void (*kernel)(P...), int64_t items, A... arguments) {
  if (items > 0) simt::launch("naive", kernel, dim3(static_cast<unsigned>((items + 63) / 64)), 64, 0, arguments...);
}

// Counts launches and runs none: for grids that no test could run. A launch beyond the limits of a grid is an error all
// the same.
class Counted final : public simt::Runner {
 public:
  Counted() : before_(std::exchange(simt::machine().runner, this)) {}
  Counted(const Counted&) = delete;
  ~Counted() override { simt::machine().runner = before_; }
  bool run(const simt::Launch&) override {
    ++launches;
    return true;
  }
  int launches = 0;

 private:
  simt::Runner* before_;
};

// More examples, matrices or queries than y and z of a grid have room for, and the most that an int counts.
constexpr int32_t kMany[] = {65'536, INT32_MAX};

// An address that nobody reads.
template <class T>
T* nowhere() {
  return reinterpret_cast<T*>(uintptr_t{4096});
}

// So many examples of one row and one element.
inline infl_examples single_rows(int32_t examples, bool offsets) {
  return {nowhere<void>(), nowhere<void>(), offsets ? nowhere<int32_t>() : nullptr, 1, 1, examples, examples, 1, 1};
}

// Random examples in the compute type with the number of rows given for each.
template <class T>
struct Examples {
  Buffer<T> gradients, activations;
  Buffer<int32_t> offsets;
  infl_examples view;

  Examples(const std::vector<int>& rows, int outputs, int inputs, Random& random, int pad = 0, size_t shift = 0)
      : gradients(total(rows) * static_cast<size_t>(outputs + pad), shift),
        activations(total(rows) * static_cast<size_t>(inputs + pad), shift),
        offsets(rows.size() + 1) {
    fill_normal(gradients, random);
    fill_normal(activations, random);
    offsets[0] = 0;
    for (size_t i = 0; i < rows.size(); ++i) offsets[i + 1] = offsets[i] + rows[i];
    view = {gradients.data(), activations.data(), offsets.data(), outputs + pad, inputs + pad,
        static_cast<int32_t>(total(rows)), static_cast<int32_t>(rows.size()), outputs, inputs};
  }
  static size_t total(const std::vector<int>& rows) {
    size_t sum = 0;
    for (int r : rows) sum += static_cast<size_t>(r);
    return sum;
  }
  double s(int r, int p) { return gradients[static_cast<size_t>(r * view.gradients_stride + p)]; }
  double a(int r, int m) { return activations[static_cast<size_t>(r * view.activations_stride + m)]; }
  int end(int e) { return offsets[static_cast<size_t>(e + 1)]; }
  int begin(int e) { return offsets[static_cast<size_t>(e)]; }
  // The gradient of one example. The references are long double: one in double would err as much as the kernels in
  // double do.
  std::vector<long double> exact(int e) {
    std::vector<long double> g(static_cast<size_t>(view.outputs) * static_cast<size_t>(view.inputs));
    for (int r = begin(e); r < end(e); ++r) {
      size_t i = 0;
      for (int p = 0; p < view.outputs; ++p) {
        for (int m = 0; m < view.inputs; ++m) g[i++] += static_cast<long double>(s(r, p)) * a(r, m);
      }
    }
    return g;
  }
};

}  // namespace test

#endif
