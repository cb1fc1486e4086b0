/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Tests of the emulator itself: what works must work, and seeded bugs must be caught. Those that AddressSanitizer or
// UndefinedBehaviorSanitizer catch end the process, so they run in a child; without sanitizers they are left out.
#include <sys/wait.h>
#include <unistd.h>

#include "fragments.h"
#include "mma.cuh"

using test::Buffer;

namespace {

// The fault a launch ends with, empty if none.
template <class... P, class... A>
std::string fault_of(void (*kernel)(P...), dim3 grid, dim3 block, size_t shared, A... arguments) {
  try {
    simt::launch("bug", kernel, grid, block, shared, arguments...);
    return "";
  } catch (const simt::Fault& f) {
    return f.what();
  }
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// Whether a sanitizer ends a process that runs f.
template <class F>
[[maybe_unused]] bool dies(F f) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    if (!freopen("/dev/null", "w", stderr)) _exit(0);
    f();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}

}  // namespace

// ---- what works

static __global__ void reverse_by_shared(const int* in, int* out) {
  __shared__ int copy[64];
  copy[threadIdx.x] = in[blockIdx.x * 64 + threadIdx.x];
  __syncthreads();
  out[blockIdx.x * 64 + threadIdx.x] = copy[63 - threadIdx.x];
}

TEST(simt_barrier) {
  test::in_all_schedules([] {
    Buffer<int> in(192), out(192);
    for (int i = 0; i < 192; ++i) in[static_cast<size_t>(i)] = i;
    CHECK(fault_of(reverse_by_shared, 3, 64, 0, in.data(), out.data()).empty());
    for (int i = 0; i < 192; ++i) CHECK(out[static_cast<size_t>(i)] == i / 64 * 64 + 63 - i % 64);
  });
}

static __global__ void warp_operations(int* out) {
  int lane = static_cast<int>(threadIdx.x);
  int sum = lane;
  for (unsigned bits = 16; bits > 0; bits /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, bits);
  out[lane] = sum;
  out[32 + lane] = __shfl_down_sync(0xffffffffu, lane, 3);
  out[64 + lane] = __shfl_up_sync(0xffffffffu, lane, 3);
  out[96 + lane] = __shfl_sync(0xffffffffu, lane, 5);
  if (lane < 16) {  // one operation more for half of the warp
    out[128 + lane] = static_cast<int>(__ballot_sync(0xffffu, lane % 2));
  } else {
    out[128 + lane] = __any_sync(0xffff0000u, lane == 20) && !__all_sync(0xffff0000u, lane == 20);
  }
  __syncwarp();
  out[160 + lane] = __shfl_sync(0xffffffffu, lane, 31 - lane);
}

TEST(simt_warp) {
  test::in_all_schedules([] {
    Buffer<int> out(192);
    CHECK(fault_of(warp_operations, 1, 32, 0, out.data()).empty());
    for (int i = 0; i < 32; ++i) {
      size_t lane = static_cast<size_t>(i);
      CHECK(out[lane] == 496 && out[32 + lane] == (i < 29 ? i + 3 : i) && out[64 + lane] == (i > 2 ? i - 3 : i) &&
          out[96 + lane] == 5);
      CHECK(out[128 + lane] == (i < 16 ? 0xaaaa : 1) && out[160 + lane] == 31 - i);
    }
  });
}

static __global__ void votes(int* out) {
  out[threadIdx.x] = __syncthreads_or(threadIdx.x == 40);
  out[64 + threadIdx.x] = __syncthreads_and(threadIdx.x != 40);
  out[128 + threadIdx.x] = __syncthreads_count(threadIdx.x < 5);
  int old = atomicAdd(out + 192, 2);
  if (old >= 0) atomicMax(out + 193, old);
}

TEST(simt_votes_and_atomics) {
  Buffer<int> out(194);
  out.fill(0);
  CHECK(fault_of(votes, 1, 64, 0, out.data()).empty());
  CHECK(out[3] == 1 && out[70] == 0 && out[130] == 5 && out[192] == 128 && out[193] == 126);
}

template <infl::Operands kOperands>
static __global__ void tensor_product(test::Fragments* f) {
  const unsigned lane = threadIdx.x;
  infl::multiply_add<kOperands>(f->sum[lane], f->a[lane], f->b[lane][0], f->b[lane][1]);
}

TEST(simt_tensor_products) {
  using infl::Operands;
  test::in_all_schedules([] {
    auto f = test::kHalves16.fragments([](float x) { return __float2bfloat16_rn(x).bits; });
    CHECK(fault_of(tensor_product<Operands::kBf16>, 1, 32, 0, &f).empty() && test::kHalves16.is_product(f));
    f = test::kHalves16.fragments([](float x) { return __float2half_rn(x).bits; });
    CHECK(fault_of(tensor_product<Operands::kF16>, 1, 32, 0, &f).empty() && test::kHalves16.is_product(f));
    f = test::kTf32.fragments(test::bits_of_float);
    CHECK(fault_of(tensor_product<Operands::kTf32>, 1, 32, 0, &f).empty() && test::kTf32.is_product(f));
    CHECK(contains(fault_of(tensor_product<Operands::kBf16>, 1, 31, 0, &f), "deadlock"));
  });
}

static __global__ void matrices(uint32_t* out, unsigned pitch, bool transposed) {
  __shared__ __align__(16) uint16_t rows[32 * 16 + 8];
  const unsigned lane = threadIdx.x;
  for (unsigned c = 0; c < 8; ++c) rows[lane * pitch + c] = static_cast<uint16_t>(lane * 8 + c);
  __syncthreads();
  unsigned to[4];
  transposed ? infl::load_transposed(to, rows + lane * pitch) : infl::load_matrices(to, rows + lane * pitch);
  for (unsigned n = 0; n < 4; ++n) out[lane * 4 + n] = to[n];
}

TEST(simt_tensor_matrices) {
  for (bool transposed : {false, true}) {
    Buffer<uint32_t> out(128);
    CHECK(fault_of(matrices, 1, 32, 0, out.data(), 8u, transposed).empty());
    bool as_told = true;
    for (int n = 0; n < 128; ++n) {
      as_told &= out[static_cast<size_t>(n)] == test::of_matrix(n % 4, n / 4, transposed);
    }
    CHECK(as_told);
    CHECK(contains(fault_of(matrices, 1, 32, 0, out.data(), 16u, transposed), "bank conflict"));
    CHECK(contains(fault_of(matrices, 1, 32, 0, out.data(), 12u, transposed), "not aligned"));
  }
}

TEST(simt_number_formats) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    __half h{static_cast<uint16_t>(bits)};
    float f = __half2float(h);
    CHECK(f != f || __float2half_rn(f).bits == bits);
    __nv_bfloat16 b{static_cast<uint16_t>(bits)};
    f = __bfloat162float(b);
    CHECK(f != f || __float2bfloat16_rn(f).bits == bits);
  }
  // ties to even
  CHECK(__half2float(__float2half_rn(2049.f)) == 2048 && __half2float(__float2half_rn(2051.f)) == 2052);
  CHECK(__bfloat162float(__float2bfloat16_rn(257.f)) == 256 && __bfloat162float(__float2bfloat16_rn(259.f)) == 260);
  CHECK(__half2float(__float2half_rn(65519.f)) == 65504 && std::isinf(__half2float(__float2half_rn(65520.f))));
  CHECK(__half2float(__float2half_rn(std::ldexp(1.f, -25))) == 0 &&
      __half2float(__float2half_rn(std::ldexp(1.5f, -25))) == std::ldexp(1.f, -24));
}

// ---- seeded bugs

static __global__ void missing_barrier(float* out) {
  __shared__ float value[64];
  value[threadIdx.x] = static_cast<float>(threadIdx.x);
  out[threadIdx.x] = value[(threadIdx.x + 1) % 64];
}
// As above, but wrong only where later threads run first.
static __global__ void missing_barrier_backwards(float* out) {
  __shared__ float value[64];
  value[threadIdx.x] = static_cast<float>(threadIdx.x);
  out[threadIdx.x] = threadIdx.x > 0 ? value[threadIdx.x - 1] : 0;
}

TEST(simt_bug_missing_barrier) {
  int wrong[2][3] = {};
  for (int kernel = 0; kernel < 2; ++kernel) {
    for (int32_t schedule = 0; schedule < 3; ++schedule) {
      simt::set_schedule(static_cast<simt::Schedule>(schedule), 3);
      Buffer<float> out(64);
      CHECK(fault_of(kernel ? missing_barrier_backwards : missing_barrier, 1, 64, 0, out.data()).empty());
      for (int i = kernel; i < 64; ++i) {
        float expected = static_cast<float>(kernel ? i - 1 : (i + 1) % 64);
        wrong[kernel][schedule] += !(out[static_cast<size_t>(i)] == expected);
      }
    }
  }
  simt::set_schedule(simt::Schedule::kForward, 1);
  CHECK(wrong[0][0] > 0 && wrong[0][2] > 0);
  CHECK(wrong[1][0] == 0 && wrong[1][1] > 0 && wrong[1][2] > 0);  // hence three schedules
}

static __global__ void barriers_at_two_places(int* out) {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
  out[threadIdx.x] = 1;
}
static __global__ void barrier_in_half_a_warp(int* out) {
  if (threadIdx.x < 16) {
    __syncthreads();
  } else {
    out[threadIdx.x] = __shfl_sync(0xffffffffu, 1, 0);
  }
}

TEST(simt_bug_divergent_barrier) {
  test::in_all_schedules([] {
    Buffer<int> out(64);
    out.fill(0);
    CHECK(contains(fault_of(barriers_at_two_places, 1, 64, 0, out.data()), "divergent barrier"));
    std::string text = fault_of(barrier_in_half_a_warp, 1, 64, 0, out.data());
    CHECK(contains(text, "deadlock") && contains(text, "simt_test.cpp"));
  });
}

static __global__ void absent_lanes(int* out) {
  if (threadIdx.x < 20) out[threadIdx.x] = __shfl_down_sync(0xffffffffu, 1, 1);
}
static __global__ void caller_not_in_mask(int* out) { out[threadIdx.x] = __shfl_sync(0x7fffffffu, 1, 0); }
static __global__ void source_not_in_mask(int* out) {
  if (threadIdx.x < 16) out[threadIdx.x] = __shfl_sync(0xffffu, 1, 20);
}
static __global__ void partial_warp(int* out) { out[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1, 1); }

TEST(simt_bug_shuffles) {
  test::in_all_schedules([] {
    Buffer<int> out(32);
    CHECK(contains(fault_of(absent_lanes, 1, 32, 0, out.data()), "deadlock"));
    CHECK(contains(fault_of(caller_not_in_mask, 1, 32, 0, out.data()), "lacks the calling lane"));
    CHECK(contains(fault_of(source_not_in_mask, 1, 32, 0, out.data()), "outside the mask"));
    CHECK(contains(fault_of(partial_warp, 1, 24, 0, out.data()), "deadlock"));
  });
}

static __global__ void uninitialised_shared(float* out) {
  __shared__ float sum[4];
  float* more = infl::dynamic_shared<float>();
  if (blockIdx.x == 0) sum[0] = more[0] = 1;  // must not be seen by the next block
  out[2 * blockIdx.x] = sum[0];
  out[2 * blockIdx.x + 1] = more[0];
}

TEST(simt_bug_uninitialised_shared_memory) {
  Buffer<float> out(4);
  CHECK(fault_of(uninitialised_shared, 2, 1, 16, out.data()).empty());
  CHECK(out[0] == 1 && out[1] == 1 && std::isnan(out[2]) && std::isnan(out[3]));
}

static __global__ void async_copy(const float* in, float* out, int kind) {
  alignas(16) __shared__ float stage[4];
  __pipeline_memcpy_async(stage, in, 16, kind == 4 ? 8 : 0);
  __pipeline_commit();
  if (kind == 1) out[0] = stage[0];  // not waited for
  if (kind == 2) return;             // never waited for
  __pipeline_wait_prior(kind == 3 ? 1 : 0);
  out[1] = stage[1];
  out[2] = stage[2];
  __pipeline_wait_prior(0);
}
static __global__ void misaligned_async_copy(const float* in) {
  alignas(16) __shared__ float stage[8];
  __pipeline_memcpy_async(stage, in + 1, 16);
  __pipeline_commit();
  __pipeline_wait_prior(0);
}

TEST(simt_bug_async_copies) {
  Buffer<float> in(8), out(3);
  in.fill(5);
  out.fill(0);
  CHECK(fault_of(async_copy, 1, 1, 0, in.data(), out.data(), 0).empty() && out[1] == 5 && out[2] == 5);
  // the rest zeroed
  CHECK(fault_of(async_copy, 1, 1, 0, in.data(), out.data(), 4).empty() && out[1] == 5 && out[2] == 0);
  CHECK(fault_of(async_copy, 1, 1, 0, in.data(), out.data(), 1).empty() && std::isnan(out[0]));
  CHECK(contains(fault_of(async_copy, 1, 1, 0, in.data(), out.data(), 2), "never waited for"));
  CHECK(fault_of(async_copy, 1, 1, 0, in.data(), out.data(), 3).empty() && std::isnan(out[1]));
  CHECK(contains(fault_of(misaligned_async_copy, 1, 1, 0, in.data()), "misaligned"));
}

static __global__ void nothing_at_all(int*) {}

TEST(simt_bug_launches) {
  Buffer<int> out(1);
  CHECK(!fault_of(nothing_at_all, 1, 1025, 0, out.data()).empty());
  CHECK(!fault_of(nothing_at_all, 0, 32, 0, out.data()).empty());
  CHECK(!fault_of(nothing_at_all, dim3(1, 65536), 32, 0, out.data()).empty());
  CHECK(!fault_of(nothing_at_all, 1, 32, 228 * 1024, out.data()).empty());
  CHECK(fault_of(nothing_at_all, 1, 1024, 227 * 1024, out.data()).empty());
}

// Every launch is held against the limits of the hardware in one place.
TEST(launch_limits) {
  Buffer<int> out(1);
  auto launched = [&](int64_t blocks, int threads) {
    return infl::launch("nothing", nothing_at_all, blocks, threads, 0, nullptr, out.data());
  };
  CHECK(launched(0, 32) == cudaErrorInvalidConfiguration);
  CHECK(launched(-1, 32) == cudaErrorInvalidConfiguration);
  CHECK(launched(int64_t{1} << 31, 32) == cudaErrorInvalidConfiguration);
  CHECK(launched((int64_t{1} << 32) + 1, 32) == cudaErrorInvalidConfiguration);
  CHECK(launched(1, 1025) == cudaErrorInvalidConfiguration);
  CHECK(launched(1, 0) == cudaErrorInvalidConfiguration);
  CHECK(launched(65'537, 1) == cudaSuccess);
  CHECK(simt::fault() == nullptr);
}

static __global__ void uses_dynamic_shared(int* out, int last) {
  int* value = infl::dynamic_shared<int>();
  value[last] = 7;
  out[0] = value[last];
}

// A kernel has 48 KiB of dynamic shared memory, more must be asked for, and there is an end to it.
TEST(launch_shared_memory) {
  Buffer<int> out(1);
  auto launched = [&](size_t bytes) {
    const int last = static_cast<int>(bytes / sizeof(int)) - 1;
    return infl::launch("shared", uses_dynamic_shared, 1, 1, bytes, nullptr, out.data(), last);
  };
  cudaLaunchConfig_t unasked{1, 1, 48 * 1024 + 4, nullptr, nullptr, 0};
  CHECK(cudaLaunchKernelEx(&unasked, uses_dynamic_shared, out.data(), 0) == cudaErrorInvalidValue);
  for (size_t bytes : {size_t{4}, size_t{48 * 1024}, size_t{48 * 1024 + 4}, simt::kSharedPerBlock}) {
    out.fill(0);
    CHECK(launched(bytes) == cudaSuccess && out[0] == 7);
  }
  CHECK(launched(simt::kSharedPerBlock + 4) == cudaErrorInvalidValue);
  CHECK(simt::fault() == nullptr);
}

// A fault of an enqueued kernel is kept, and refuses launches, until it is read.
TEST(simt_fault_is_kept) {
  Buffer<int> out(64);
  CHECK(infl::launch("bug", barriers_at_two_places, 1, 64, 0, nullptr, out.data()) == cudaSuccess);
  CHECK(infl::launch("fine", nothing_at_all, 1, 1, 0, nullptr, out.data()) == cudaErrorLaunchFailure);
  const char* fault = simt::fault();
  CHECK(fault && contains(fault, "divergent barrier"));
  CHECK(simt::fault() == nullptr);
  CHECK(infl::launch("fine", nothing_at_all, 1, 1, 0, nullptr, out.data()) == cudaSuccess);
}

#if defined(__SANITIZE_ADDRESS__)

static __global__ void out_of_global(int* out, int i) { out[i] = 1; }
static __global__ void out_of_static_shared(int* out, int i) {
  __shared__ int before[8], value[8], after[8];
  value[threadIdx.x % 8] = before[threadIdx.x % 8] = after[threadIdx.x % 8] = 0;
  __syncthreads();
  out[0] = value[i];
}
static __global__ void out_of_dynamic_shared(int* out, int i) {
  int* value = infl::dynamic_shared<int>();
  value[i] = 1;
  out[0] = value[0];
}
static __global__ void misaligned_vector(const float* in, float* out) { *out = reinterpret_cast<const float4*>(in)->x; }

TEST(simt_bug_sanitized) {
  Buffer<int> out(8);
  Buffer<float> in(9), value(1);
  in.fill(1);
  auto run = [&](auto kernel, auto... a) { return dies([&] { simt::launch("bug", kernel, 1, 8, 32, a...); }); };
  CHECK(!run(out_of_global, out.data(), 7) && run(out_of_global, out.data(), 8) && run(out_of_global, out.data(), -1));
  CHECK(!run(out_of_static_shared, out.data(), 7) && run(out_of_static_shared, out.data(), 8) &&
      run(out_of_static_shared, out.data(), -1));
  CHECK(!run(out_of_dynamic_shared, out.data(), 7) && run(out_of_dynamic_shared, out.data(), 8));
  CHECK(!run(misaligned_vector, in.data(), value.data()));
#if defined(INFL_SANITIZED)  // by UndefinedBehaviorSanitizer too
  CHECK(run(misaligned_vector, in.data() + 1, value.data()));
#endif
}

#endif
