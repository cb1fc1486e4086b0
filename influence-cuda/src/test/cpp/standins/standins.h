/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Test doubles of the CUDA libraries, with their sonames and symbol versions, over host memory. They implement the
// functions that our Java classes and kernels call and no other, as strictly as the documentation allows: work is
// queued and runs at synchronisation points only, fresh device memory holds NaNs, pointers of the wrong side are
// refused. They show that the host side works; they say nothing about speed, and nothing about what a GPU computes.
//
// Never part of the main jar.
#ifndef INFLUENCE4J_STANDINS_H
#define INFLUENCE4J_STANDINS_H

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

namespace standins {

// What the tests ask and order; one instance, in the stand-in of libcudart.
struct State {
  int64_t calls;          // calls that can fail, since the last arming
  int64_t fail_at;        // number of the call that fails, 0 for none
  int64_t device_bytes;   // allocated and not freed
  int64_t device_blocks;
  int64_t pinned_blocks;
  int64_t objects;        // streams, events, library handles
  int64_t capacity;       // bytes of memory of each device
  int64_t misuses;        // wrong-side pointers, overruns, double frees
  int64_t crossed;        // bytes copied between host and device
  int64_t overlapped;     // of them those from the host that ran while earlier work of another stream waited
  int64_t used_devices;   // a bit for each whose context was made or used
  int64_t products;       // of cuBLAS
  int64_t rounded;        // those of them whose operands are rounded for tensor cores
  int64_t unaligned;      // those of them with an operand that does not begin at a multiple of 16 bytes
  char failed[64];        // function that was made to fail
};

}  // namespace standins

extern "C" {
standins::State* standin_state();
// Counts a call; true if it is the one to fail.
bool standin_fails(const char* function);
// A text for the misuse counter, printed to stderr.
void standin_misuse(const char* function, const char* what);
// Counts a library handle made (+1) or destroyed (-1).
void standin_object(int64_t change);
// False if some of the bytes are no device memory; counts a misuse.
bool standin_on_device(const char* function, const void* address, size_t bytes);
int32_t cudaLaunchHostFunc(void* stream, void (*function)(void*), void* data);
}

namespace standins {

// Bits of the mantissa of a float that tensor cores ignore.
constexpr int TF32_BITS = 13;
constexpr int BF16_BITS = 16;

// To the nearest; ties to even as conversions to bfloat16, or away from 0 as those to TF32.
inline float rounded(float x, int ignored) {
  if (!std::isfinite(x)) {
    return x;
  }
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint32_t half = 1u << (ignored - 1);
  bits += ignored == TF32_BITS ? half : half - 1 + (bits >> ignored & 1);
  bits &= ~0u << ignored;
  memcpy(&x, &bits, sizeof bits);
  return x;
}

// Runs a function in the stream's turn, through the same entry the real libraries' users have.
inline bool enqueue(void* stream, std::function<void()> work) {
  auto* copy = new std::function<void()>(std::move(work));
  auto run = [](void* data) {
    auto* function = static_cast<std::function<void()>*>(data);
    (*function)();
    delete function;
  };
  if (cudaLaunchHostFunc(stream, run, copy) == 0) {
    return true;
  }
  delete copy;
  return false;
}

}  // namespace standins

#endif
