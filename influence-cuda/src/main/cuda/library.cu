/*
 * SPDX-License-Identifier: Apache-2.0
 */
// The library itself: its version and the current device.
#include "device.cuh"

#ifndef INFL_BUILD
#define INFL_BUILD "unknown"
#endif

namespace infl {

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

}  // namespace infl

int32_t infl_cuda_abi_version(void) { return INFL_CUDA_ABI_VERSION; }

const char* infl_cuda_build(void) { return INFL_BUILD; }

int32_t infl_cuda_usable(void) {
  cudaFuncAttributes attributes;
  return cudaFuncGetAttributes(&attributes, infl::nothing);
}
