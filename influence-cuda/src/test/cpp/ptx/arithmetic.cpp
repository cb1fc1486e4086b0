/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Arithmetic and logic on integers, floats and predicates, and comparisons.
#include <cmath>
#include <limits>

#include "elementwise.h"

namespace ptx {

namespace {

// Integers wrap around, whatever their type.
template <class T>
using Wrapping = std::make_unsigned_t<T>;

Execute integers(const std::string& base, Type type) {
  return for_integers(type, [&](auto zero) -> Execute {
    using T = decltype(zero);
    using U = Wrapping<T>;
    using Wide = uint64_t;  // no product of small types becomes an int
    constexpr unsigned kBits = 8 * sizeof(T);
    if (base == "add") return binary<T, T>([](T a, T b) { return T(Wide(a) + Wide(b)); });
    if (base == "sub") return binary<T, T>([](T a, T b) { return T(Wide(a) - Wide(b)); });
    if (base == "mul") return binary<T, T>([](T a, T b) { return T(Wide(a) * Wide(b)); });
    if (base == "mad") return ternary<T, T>([](T a, T b, T c) { return T(Wide(a) * Wide(b) + Wide(c)); });
    if (base == "min") return binary<T, T>([](T a, T b) { return a < b ? a : b; });
    if (base == "max") return binary<T, T>([](T a, T b) { return a < b ? b : a; });
    if (base == "neg") return unary<T, T>([](T a) { return T(0 - Wide(a)); });
    if (base == "abs") return unary<T, T>([](T a) { return a < T(1) ? T(0 - Wide(a)) : a; });
    if (base == "popc") return unary<uint32_t, T>([](T a) { return __builtin_popcountll(U(a)); });
    if (base == "not") return unary<T, T>([](T a) { return T(~a); });
    if (base == "and") return binary<T, T>([](T a, T b) { return T(a & b); });
    if (base == "or") return binary<T, T>([](T a, T b) { return T(a | b); });
    if (base == "xor") return binary<T, T>([](T a, T b) { return T(a ^ b); });
    if (base != "shl" && base != "shr") return nullptr;
    // By a 32-bit number; what is shifted out is gone.
    return [left = base == "shl"](Warp& w, const Instruction& i, Mask lanes) {
      Lanes<T> a = w.get<T>(i.from[0]);
      const Lanes<uint32_t> by = w.get<uint32_t>(i.from[1]);
      for (unsigned l = 0; l < kLanes; ++l) {
        const uint32_t n = by.v[l];
        if (left) {
          a.v[l] = n < kBits ? T(U(a.v[l]) << n) : T(0);
        } else {
          a.v[l] = T(a.v[l] >> (n < kBits ? n : kBits - 1));
          if (n >= kBits && std::is_unsigned_v<T>) a.v[l] = 0;
        }
      }
      w.put(i.to[0], a, lanes);
    };
  });
}

// Each of four bytes is the one of a and b that four bits of the selector name, or if the highest of them is set its
// sign.
uint32_t permuted(uint32_t a, uint32_t b, uint32_t selector) {
  const uint64_t bytes = a | uint64_t{b} << 32;
  uint32_t result = 0;
  for (unsigned n = 0; n < 4; ++n) {
    const unsigned choice = selector >> 4 * n & 15;
    const uint8_t byte = static_cast<uint8_t>(bytes >> 8 * (choice & 7));
    result |= uint32_t{choice < 8 ? byte : byte & 0x80 ? uint8_t{0xff} : uint8_t{0}} << 8 * n;
  }
  return result;
}

// Quotients and remainders, which no lane may take by zero.
Execute divisions(const std::string& base, Type type) {
  if (base != "div" && base != "rem") return nullptr;
  return for_integers(type, [&](auto zero) -> Execute {
    using T = decltype(zero);
    return [quotient = base == "div"](Warp& w, const Instruction& i, Mask lanes) {
      Lanes<T> a = w.get<T>(i.from[0]);
      const Lanes<T> b = w.get<T>(i.from[1]);
      for_each(lanes, [&](unsigned l) {
        if (b.v[l] == 0) w.fault(i, l, "division by zero");
        const bool overflows = std::is_signed_v<T> && b.v[l] == T(-1);  // for the smallest number
        if (overflows) {
          a.v[l] = quotient ? T(0 - uint64_t(a.v[l])) : T(0);
        } else {
          a.v[l] = T(quotient ? a.v[l] / b.v[l] : a.v[l] % b.v[l]);
        }
      });
      w.put(i.to[0], a, lanes);
    };
  });
}

// Products, and sums of a product and a third number, of twice the width.
template <class Wide, class T>
Execute wide_products(const std::string& base) {
  if (base == "mul") return binary<Wide, T>([](T a, T b) { return static_cast<Wide>(Wide(a) * Wide(b)); });
  if (base != "mad") return nullptr;
  return ternary<Wide, T>([](T a, T b, Wide c) { return Wide(uint64_t(Wide(a) * Wide(b)) + uint64_t(c)); });
}
Execute wide_products(const std::string& base, Type type) {
  const bool is_signed = type.kind == 's';
  switch (type.bytes) {
    case 2:
      return is_signed ? wide_products<int32_t, int16_t>(base) : wide_products<uint32_t, uint16_t>(base);
    case 4:
      return is_signed ? wide_products<int64_t, int32_t>(base) : wide_products<uint64_t, uint32_t>(base);
    default:
      return nullptr;
  }
}

// All are rounded to nearest, as the kernels are compiled without fast mathematics.
Execute floats(const std::string& base, Type type) {
  return for_floats(type, [&](auto zero) -> Execute {
    using T = decltype(zero);
    if (base == "add") return binary<T, T>([](T a, T b) { return a + b; });
    if (base == "sub") return binary<T, T>([](T a, T b) { return a - b; });
    if (base == "mul") return binary<T, T>([](T a, T b) { return a * b; });
    if (base == "div") return binary<T, T>([](T a, T b) { return a / b; });
    if (base == "fma") return ternary<T, T>([](T a, T b, T c) { return std::fma(a, b, c); });
    if (base == "min") return binary<T, T>([](T a, T b) { return std::fmin(a, b); });
    if (base == "max") return binary<T, T>([](T a, T b) { return std::fmax(a, b); });
    if (base == "neg") return unary<T, T>([](T a) { return -a; });
    if (base == "abs") return unary<T, T>([](T a) { return std::fabs(a); });
    if (base == "sqrt") return unary<T, T>([](T a) { return std::sqrt(a); });
    if (base == "rcp") return unary<T, T>([](T a) { return 1 / a; });
    return nullptr;
  });
}

Execute predicates(const std::string& base) {
  if (base == "and") return of_predicates([](Mask a, Mask b) { return a & b; });
  if (base == "or") return of_predicates([](Mask a, Mask b) { return a | b; });
  if (base == "xor") return of_predicates([](Mask a, Mask b) { return a ^ b; });
  if (base == "not") return of_predicates([](Mask a, Mask) { return ~a; });
  return nullptr;
}

template <class T, class F>
Execute compare(F f) {
  return [f](Warp& w, const Instruction& i, Mask lanes) {
    const Lanes<T> a = w.get<T>(i.from[0]), b = w.get<T>(i.from[1]);
    Mask result = 0;
    for (unsigned l = 0; l < kLanes; ++l) result |= Mask{f(a.v[l], b.v[l])} << l;
    w.put_predicate(i.to[0], result, lanes);
  };
}

// Of floats, "lt" is false where one is not a number and "ltu" is true.
Execute comparisons(const Mnemonic& name) {
  if (name.base() != "setp" || name.parts.size() != 3) return nullptr;
  const std::string& how = name.parts[1];
  return for_numbers(name.type(), [&](auto zero) -> Execute {
    using T = decltype(zero);
    auto unordered = [](T a, T b) { return a != a || b != b; };
    if (how == "eq") return compare<T>([](T a, T b) { return a == b; });
    if (how == "ne") return compare<T>([=](T a, T b) { return a != b && !unordered(a, b); });
    if (how == "lt") return compare<T>([](T a, T b) { return a < b; });
    if (how == "le") return compare<T>([](T a, T b) { return a <= b; });
    if (how == "gt") return compare<T>([](T a, T b) { return a > b; });
    if (how == "ge") return compare<T>([](T a, T b) { return a >= b; });
    if (how == "equ") return compare<T>([=](T a, T b) { return a == b || unordered(a, b); });
    if (how == "neu") return compare<T>([](T a, T b) { return a != b; });
    if (how == "ltu") return compare<T>([](T a, T b) { return !(a >= b); });
    if (how == "leu") return compare<T>([](T a, T b) { return !(a > b); });
    if (how == "gtu") return compare<T>([](T a, T b) { return !(a <= b); });
    if (how == "geu") return compare<T>([](T a, T b) { return !(a < b); });
    if (how == "num") return compare<T>([=](T a, T b) { return !unordered(a, b); });
    if (how == "nan") return compare<T>([=](T a, T b) { return unordered(a, b); });
    return nullptr;
  });
}

}  // namespace

bool is_arithmetic(const Mnemonic& name, Instruction& i) {
  for (const char* other : {"hi", "sat", "ftz", "approx", "rz", "rm", "rp", "cc"}) {
    if (name.has(other)) return false;
  }
  const Type type = name.type();
  if (name.base() == "prmt") {
    if (name.parts.size() == 2) i.execute = ternary<uint32_t, uint32_t>(permuted);
  } else if (name.base() == "setp") {
    i.execute = comparisons(name);
  } else if (type.kind == 'p') {
    i.execute = predicates(name.base());
  } else if (type.kind == 'f') {
    i.execute = floats(name.base(), type);
  } else if (name.has("wide")) {
    i.execute = wide_products(name.base(), type);
  } else {
    i.execute = divisions(name.base(), type);
    if (!i.execute) i.execute = integers(name.base(), type);
  }
  return static_cast<bool>(i.execute);
}

}  // namespace ptx
