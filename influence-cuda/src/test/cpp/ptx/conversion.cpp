/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Moves, selections, conversions between types, and between generic and shared addresses.
#include <cmath>
#include <limits>

#include "elementwise.h"
#include "simt/cuda/cuda_bf16.h"
#include "simt/cuda/cuda_fp16.h"

namespace ptx {

namespace {

// Toward zero, to the nearest integer there is; what is not a number becomes 0.
template <class To, class From>
To truncated(From x) {
  constexpr To kLeast = std::numeric_limits<To>::min(), kMost = std::numeric_limits<To>::max();
  if (std::isnan(x)) return 0;
  if (x <= static_cast<From>(kLeast)) return kLeast;
  if (x >= static_cast<From>(kMost)) return kMost;
  return static_cast<To>(x);
}

// For what only moves bits.
template <class Make>
Execute for_bits(unsigned bytes, Make make) {
  return for_integers({'b', bytes}, make);
}

// mov.b64 {%r1, %r2}, %rd1: the lowest part comes first.
template <class Whole, class Part>
void unpack(Warp& w, const Instruction& i, Mask lanes) {
  const Lanes<Whole> whole = w.get<Whole>(i.from[0]);
  for (size_t n = 0; n < i.to.size(); ++n) {
    Lanes<Part> part;
    for (unsigned l = 0; l < kLanes; ++l) part.v[l] = static_cast<Part>(whole.v[l] >> 8 * sizeof(Part) * n);
    w.put(i.to[n], part, lanes);
  }
}

// mov.b64 %rd1, {%r1, %r2}.
template <class Whole, class Part>
void pack(Warp& w, const Instruction& i, Mask lanes) {
  Lanes<Whole> whole{};
  for (size_t n = 0; n < i.from.size(); ++n) {
    const Lanes<Part> part = w.get<Part>(i.from[n]);
    for (unsigned l = 0; l < kLanes; ++l) whole.v[l] |= static_cast<Whole>(part.v[l]) << 8 * sizeof(Part) * n;
  }
  w.put(i.to[0], whole, lanes);
}

Execute moves(const Mnemonic& name, const Instruction& i) {
  const Type type = name.type();
  const size_t parts = std::max(i.to.size(), i.from.size());
  if (parts > 1) {
    const bool packs = i.from.size() > 1;
    if (type.bytes == 4 && parts == 2) return packs ? pack<uint32_t, uint16_t> : unpack<uint32_t, uint16_t>;
    if (type.bytes == 8 && parts == 2) return packs ? pack<uint64_t, uint32_t> : unpack<uint64_t, uint32_t>;
    if (type.bytes == 8 && parts == 4) return packs ? pack<uint64_t, uint16_t> : unpack<uint64_t, uint16_t>;
    return nullptr;
  }
  if (type.kind == 'p') return of_predicates([](Mask a, Mask) { return a; });
  return for_bits(type.bytes, [](auto zero) -> Execute {
    using T = decltype(zero);
    return unary<T, T>([](T a) { return a; });
  });
}

Execute selections(Type type) {
  return for_bits(type.bytes, [](auto zero) -> Execute {
    using T = decltype(zero);
    return [](Warp& w, const Instruction& i, Mask lanes) {
      Lanes<T> a = w.get<T>(i.from[0]);
      const Lanes<T> b = w.get<T>(i.from[1]);
      const Mask first = w.predicate(i.from[2]);
      for_each(~first, [&](unsigned l) { a.v[l] = b.v[l]; });
      w.put(i.to[0], a, lanes);
    };
  });
}

// To and from 16-bit floats, by way of float.
Execute conversions_of_halves(const std::string& to, const std::string& from) {
  if (to == "f16" && from == "f32") return unary<uint16_t, float>([](float x) { return __float2half_rn(x).bits; });
  if (to == "bf16" && from == "f32") return unary<uint16_t, float>([](float x) { return __float2bfloat16_rn(x).bits; });
  if (to == "f32" && from == "f16") return unary<float, uint16_t>([](uint16_t x) { return __half2float(__half{x}); });
  if (to == "f32" && from == "bf16") {
    return unary<float, uint16_t>([](uint16_t x) { return __bfloat162float(__nv_bfloat16{x}); });
  }
  return nullptr;
}

// The nearest, ties away from 0. The lowest bits are left as they come: kernels must not rely on them.
uint32_t nearest_tf32(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return std::isnan(x) ? 0x7fffffffu : std::isinf(x) ? bits : bits + 0x1000u;
}

Execute conversions(const Mnemonic& name) {
  const std::string& to = name.parts[name.parts.size() - 2];
  const std::string& from = name.parts.back();
  if (Execute of_halves = conversions_of_halves(to, from)) return of_halves;
  if (to == "tf32") return from == "f32" && name.has("rna") ? unary<uint32_t, float>(nearest_tf32) : nullptr;
  const Type to_type = type_of(to), from_type = type_of(from);
  const bool to_integer = to_type.kind != 'f', from_integer = from_type.kind != 'f';
  // Floats round to nearest, except to integers.
  if (to_integer != from_integer ? !name.has(to_integer ? "rzi" : "rn") : false) return nullptr;
  return for_numbers(to_type, [&](auto r) -> Execute {
    using R = decltype(r);
    return for_numbers(from_type, [](auto a) -> Execute {
      using A = decltype(a);
      return unary<R, A>([](A x) {
        if constexpr (std::is_integral_v<R> && std::is_floating_point_v<A>) return truncated<R>(x);
        else return static_cast<R>(x);
      });
    });
  });
}

Execute address_conversions(const Mnemonic& name) {
  const uint64_t window = name.space() == Space::kShared ? kSharedWindow : 0;
  const bool to_space = name.has("to");
  return unary<uint64_t, uint64_t>([=](uint64_t a) { return to_space ? a - window : a + window; });
}

}  // namespace

bool is_conversion(const Mnemonic& name, Instruction& i) {
  if (name.base() == "cvt" && name.parts.size() >= 3 && !name.has("sat") && !name.has("ftz")) {
    i.execute = conversions(name);
  }
  if (name.base() == "cvta") i.execute = address_conversions(name);
  return static_cast<bool>(i.execute);
}

bool is_selection(const Mnemonic& name, Instruction& i) {
  if (name.base() == "mov") i.execute = moves(name, i);
  if (name.base() == "selp") i.execute = selections(name.type());
  return static_cast<bool>(i.execute);
}

}  // namespace ptx
