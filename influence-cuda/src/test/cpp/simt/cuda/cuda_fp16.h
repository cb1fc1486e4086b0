/*
 * SPDX-License-Identifier: Apache-2.0
 */
// binary16, with the conversions the kernels use.
#ifndef SIMT_CUDA_FP16_H
#define SIMT_CUDA_FP16_H

#include <cmath>
#include <cstdint>

struct __half {
  uint16_t bits;
};

inline __half __ushort_as_half(uint16_t bits) { return {bits}; }
inline uint16_t __half_as_ushort(__half h) { return h.bits; }

inline float __half2float(__half h) {
  uint32_t sign = static_cast<uint32_t>(h.bits >> 15), exponent = h.bits >> 10 & 31, fraction = h.bits & 1023;
  float value;
  if (exponent == 31) {
    value = fraction ? NAN : INFINITY;
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    value = std::ldexp(static_cast<float>(fraction | 1024), static_cast<int>(exponent) - 25);
  }
  return sign ? -value : value;
}

// Round to nearest, ties to even.
inline __half __float2half_rn(float f) {
  uint16_t sign = std::signbit(f) ? 0x8000 : 0;
  float a = std::fabs(f);
  if (std::isnan(f)) return {0x7fff};
  if (a >= 65520.f) return {static_cast<uint16_t>(sign | 0x7c00)};
  if (a < std::ldexp(1.f, -14)) {  // subnormal: multiples of 2^-24
    return {static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(std::ldexp(a, 24))))};
  }
  int exponent;
  float m = std::frexp(a, &exponent);  // a = m 2^exponent, 1/2 <= m < 1
  uint32_t fraction = static_cast<uint32_t>(std::nearbyint(std::ldexp(m, 11)));  // 1024 to 2048
  return {static_cast<uint16_t>(sign | (static_cast<uint32_t>(exponent + 13) * 1024 + fraction))};
}

inline __half __double2half(double d) {
  // Through float with round to odd would be exact; the kernels convert doubles by way of float, so this is not needed.
  return __float2half_rn(static_cast<float>(d));
}

#endif
