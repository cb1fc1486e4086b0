/*
 * SPDX-License-Identifier: Apache-2.0
 */
// The library itself: versions, the current device and, in the emulator, how kernels are enqueued.
#include "device.cuh"

#ifdef INFL_EMULATOR
#include <dlfcn.h>

#include <mutex>
#include <string>
#endif

#ifndef INFL_BUILD
#define INFL_BUILD "unknown"
#endif

namespace infl {

#ifdef INFL_EMULATOR

typedef int32_t (*Enqueue)(void* stream, void (*function)(void*), void* data);

static std::mutex emulator_mutex;
static Enqueue enqueue;
static bool enqueue_known;
static std::string fault;

struct Enqueued {
  void (*run)(void*);
  void* call;
  void (*destroy)(void*);
};

static void run_enqueued(void* p) {
  Enqueued* e = static_cast<Enqueued*>(p);
  try {
    e->run(e->call);
  } catch (const std::exception& x) {
    std::lock_guard<std::mutex> lock(emulator_mutex);
    if (fault.empty()) fault = x.what();
  }
  e->destroy(e->call);
  delete e;
}

int32_t emulate(void* stream, void (*run)(void*), void* call, void (*destroy)(void*)) {
  Enqueue how;
  {
    std::lock_guard<std::mutex> lock(emulator_mutex);
    if (!fault.empty()) {
      destroy(call);
      return cudaErrorLaunchFailure;
    }
    if (!enqueue_known) {
      enqueue_known = true;
      if (void* runtime = dlopen("libcudart.so.13", RTLD_LAZY | RTLD_NOLOAD)) {
        enqueue = reinterpret_cast<Enqueue>(dlsym(runtime, "cudaLaunchHostFunc"));
      }
    }
    how = enqueue;
  }
  Enqueued* e = new Enqueued{run, call, destroy};
  if (how) {
    int32_t result = how(stream, run_enqueued, e);
    if (result) {
      destroy(call);
      delete e;
    }
    return result;
  }
  run_enqueued(e);
  return cudaSuccess;
}

int32_t current_device(Device* device) {
  *device = {simt::kComputeCapability, simt::kMultiprocessors, static_cast<int>(simt::kSharedPerBlock)};
  return cudaSuccess;
}

#else

static __global__ void nothing() {}

int32_t current_device(Device* device) {
  int id, major, minor;
  cudaError_t e = cudaGetDevice(&id);
  if (!e) e = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, id);
  if (!e) e = cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, id);
  if (!e) e = cudaDeviceGetAttribute(&device->multiprocessors, cudaDevAttrMultiProcessorCount, id);
  if (!e) e = cudaDeviceGetAttribute(&device->shared_per_block, cudaDevAttrMaxSharedMemoryPerBlockOptin, id);
  if (!e) device->capability = 10 * major + minor;
  return e;
}

#endif

}  // namespace infl

int32_t infl_cuda_abi_version(void) { return INFL_CUDA_ABI_VERSION; }

const char* infl_cuda_build(void) { return INFL_BUILD; }

#ifdef INFL_EMULATOR

int32_t infl_cuda_usable(void) { return cudaSuccess; }

void infl_emulator_set_enqueue(int32_t (*how)(void*, void (*)(void*), void*)) {
  std::lock_guard<std::mutex> lock(infl::emulator_mutex);
  infl::enqueue = how;
  infl::enqueue_known = true;
}

const char* infl_emulator_fault(void) {
  static std::string text;
  std::lock_guard<std::mutex> lock(infl::emulator_mutex);
  text = std::exchange(infl::fault, {});
  return text.empty() ? nullptr : text.c_str();
}

void infl_emulator_set_schedule(int32_t schedule, uint32_t seed) {
  std::lock_guard<std::mutex> lock(simt::machine().mutex);
  simt::machine().schedule = static_cast<simt::Schedule>(schedule);
  simt::machine().seed = seed;
}

#else

int32_t infl_cuda_usable(void) {
  cudaFuncAttributes attributes;
  return cudaFuncGetAttributes(&attributes, infl::nothing);
}

#endif
