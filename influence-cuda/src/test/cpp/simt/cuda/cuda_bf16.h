/*
 * SPDX-License-Identifier: Apache-2.0
 */
// bfloat16, with the conversions the kernels use.
#ifndef SIMT_CUDA_BF16_H
#define SIMT_CUDA_BF16_H

#include <cmath>
#include <cstdint>
#include <cstring>

struct __nv_bfloat16 {
  uint16_t bits;
};

inline float __bfloat162float(__nv_bfloat16 b) {
  uint32_t u = static_cast<uint32_t>(b.bits) << 16;
  float f;
  memcpy(&f, &u, sizeof f);
  return f;
}

inline uint16_t __bfloat16_as_ushort(__nv_bfloat16 b) { return b.bits; }

// Round to nearest, ties to even.
inline __nv_bfloat16 __float2bfloat16_rn(float f) {
  if (std::isnan(f)) return {0x7fff};
  uint32_t u;
  memcpy(&u, &f, sizeof u);
  return {static_cast<uint16_t>((u + 0x7fffu + (u >> 16 & 1)) >> 16)};
}

#endif
