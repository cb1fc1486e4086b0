/*
 * SPDX-License-Identifier: Apache-2.0
 */
// What the launchers call of CUDA's runtime, over the emulator and as strict as the real one: a launch beyond the limits
// of the hardware is an error, dynamic shared memory of more than 48 KiB must have been asked for, and kernels are
// queued: through the cudaLaunchHostFunc of a libcudart.so.13 that is loaded already (the stand-in of the Java tests),
// else they run at once.
#ifndef SIMT_RUNTIME_H
#define SIMT_RUNTIME_H

#include <dlfcn.h>

#include <functional>
#include <map>

#include "simt.h"

typedef int cudaError_t;
typedef void* cudaStream_t;
enum {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorLaunchFailure = 719,
  cudaErrorNotSupported = 801
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
enum cudaDeviceAttr {
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrMaxSharedMemoryPerBlockOptin = 97
};
struct cudaFuncAttributes {};
// The fields in CUDA's order; two of its names are those of variables in kernels.
struct cudaLaunchConfig_t {
  dim3 grid, block;
  size_t dynamic_bytes;
  cudaStream_t stream;
  const void* attributes;
  unsigned attribute_count;
};

namespace simt {

constexpr size_t kSharedUnasked = 48 * 1024;

class Runtime {
 public:
  static Runtime& instance() {
    static Runtime runtime;
    return runtime;
  }

  // The name of the next kernel that this thread launches, for faults.
  static const char*& upcoming() {
    static thread_local const char* name = "a kernel";
    return name;
  }

  cudaError_t ask(const void* kernel, int bytes) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (bytes < 0 || static_cast<size_t>(bytes) > kSharedPerBlock) return cudaErrorInvalidValue;
    asked_[kernel] = static_cast<size_t>(bytes);
    return cudaSuccess;
  }

  bool may_have(const void* kernel, size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto asked = asked_.find(kernel);
    return bytes <= (asked == asked_.end() ? kSharedUnasked : std::max(kSharedUnasked, asked->second));
  }

  // Runs a kernel in the stream's turn. The first fault is kept and refuses launches until it is read, as an error of a
  // real device does.
  cudaError_t enqueue(cudaStream_t stream, std::function<void()> kernel) {
    Enqueue how;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!fault_.empty()) return cudaErrorLaunchFailure;
      how = how_to_enqueue();
    }
    auto* queued = new std::function<void()>(std::move(kernel));
    if (!how) {
      run(queued);
      return cudaSuccess;
    }
    cudaError_t result = how(stream, run, queued);
    if (result) delete queued;
    return result;
  }

  std::string take_fault() {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(fault_, {});
  }

 private:
  typedef int32_t (*Enqueue)(void* stream, void (*function)(void*), void* data);

  Enqueue how_to_enqueue() {
    if (!enqueue_known_) {
      enqueue_known_ = true;
      if (void* runtime = dlopen("libcudart.so.13", RTLD_LAZY | RTLD_NOLOAD)) {
        enqueue_ = reinterpret_cast<Enqueue>(dlsym(runtime, "cudaLaunchHostFunc"));
      }
    }
    return enqueue_;
  }

  static void run(void* p) {
    auto* kernel = static_cast<std::function<void()>*>(p);
    try {
      (*kernel)();
    } catch (const std::exception& x) {
      Runtime& runtime = instance();
      std::lock_guard<std::mutex> lock(runtime.mutex_);
      if (runtime.fault_.empty()) runtime.fault_ = x.what();
    }
    delete kernel;
  }

  std::mutex mutex_;
  std::map<const void*, size_t> asked_;
  std::string fault_;
  Enqueue enqueue_ = nullptr;
  bool enqueue_known_ = false;
};

// Text of the first fault of a kernel (divergent barrier, ...) since the last call, or null.
inline const char* fault() {
  static std::string text;
  text = Runtime::instance().take_fault();
  return text.empty() ? nullptr : text.c_str();
}

inline void set_schedule(Schedule schedule, uint32_t seed) {
  std::lock_guard<std::mutex> lock(machine().mutex);
  machine().schedule = schedule;
  machine().seed = seed;
}

}  // namespace simt

inline cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}

inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  switch (attribute) {
    case cudaDevAttrMultiProcessorCount: *value = simt::machine().multiprocessors; break;
    case cudaDevAttrComputeCapabilityMajor: *value = simt::machine().capability / 10; break;
    case cudaDevAttrComputeCapabilityMinor: *value = simt::machine().capability % 10; break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = static_cast<int>(simt::kSharedPerBlock); break;
  }
  return cudaSuccess;
}

template <class... P>
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes*, void (*)(P...)) {
  return cudaSuccess;
}

template <class... P>
cudaError_t cudaFuncSetAttribute(void (*kernel)(P...), cudaFuncAttribute, int value) {
  return simt::Runtime::instance().ask(reinterpret_cast<const void*>(kernel), value);
}

template <class... P, class... A>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(P...), A&&... arguments) {
  static_assert(sizeof...(P) == sizeof...(A), "wrong number of arguments");
  simt::Runtime& runtime = simt::Runtime::instance();
  if (!simt::Machine::within_limits(config->grid, config->block)) return cudaErrorInvalidConfiguration;
  if (!runtime.may_have(reinterpret_cast<const void*>(kernel), config->dynamic_bytes)) return cudaErrorInvalidValue;
  auto launch = [name = simt::Runtime::upcoming(), kernel, config = *config,
                    copies = std::tuple<std::remove_const_t<P>...>(static_cast<std::remove_const_t<P>>(arguments)...)] {
    std::apply([&](const auto&... a) {
      simt::launch(name, kernel, config.grid, config.block, config.dynamic_bytes, a...);
    }, copies);
  };
  return runtime.enqueue(config->stream, launch);
}

#endif
