/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Stand-in of libcuda.so.1, and of the broken ones that the probe must tell apart: STANDIN_VERSION is what the driver
// supports, STANDIN_DEVICES how many GPUs it finds, STANDIN_INIT what cuInit answers. See standins.h.
#include <cstdint>
#include <cstdio>

#ifndef STANDIN_VERSION
#define STANDIN_VERSION 13000
#endif
#ifndef STANDIN_DEVICES
#define STANDIN_DEVICES 3
#endif
#ifndef STANDIN_INIT
#define STANDIN_INIT 0
#endif

extern "C" {

int32_t cuInit(uint32_t) { return STANDIN_INIT; }

int32_t cuDriverGetVersion(int32_t* version) {
  *version = STANDIN_VERSION;
  return 0;
}

int32_t cuDeviceGetCount(int32_t* count) {
  *count = STANDIN_DEVICES;
  return 0;
}

int32_t cuDeviceGet(int32_t* device, int32_t ordinal) {
  *device = ordinal;
  return ordinal < STANDIN_DEVICES ? 0 : 101;
}

int32_t cuDeviceGetName(char* name, int32_t length, int32_t) {
  snprintf(name, static_cast<size_t>(length), "CUDA stand-in (no GPU)");
  return 0;
}

int32_t cuDeviceGetAttribute(int32_t* value, int32_t attribute, int32_t) {
  *value = attribute == 75 ? 8 : 0;
  return 0;
}

int32_t cuGetErrorString(int32_t, const char** text) {
  *text = "an error of the stand-in";
  return 0;
}

}  // extern "C"
