/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Instructions that do the same in each lane by itself, from functions of one value or several.
#ifndef PTX_ELEMENTWISE_H
#define PTX_ELEMENTWISE_H

#include "instructions.h"
#include "warp.h"

namespace ptx {

using Execute = decltype(Instruction::execute);

// f is applied in all lanes, also in those that do not execute the instruction: it must not trap.
template <class R, class A, class F>
Execute unary(F f) {
  return [f](Warp& w, const Instruction& i, Mask lanes) {
    const Lanes<A> a = w.get<A>(i.from[0]);
    Lanes<R> r;
    for (unsigned l = 0; l < kLanes; ++l) r.v[l] = static_cast<R>(f(a.v[l]));
    w.put(i.to[0], r, lanes);
  };
}

template <class R, class A, class F>
Execute binary(F f) {
  return [f](Warp& w, const Instruction& i, Mask lanes) {
    const Lanes<A> a = w.get<A>(i.from[0]), b = w.get<A>(i.from[1]);
    Lanes<R> r;
    for (unsigned l = 0; l < kLanes; ++l) r.v[l] = static_cast<R>(f(a.v[l], b.v[l]));
    w.put(i.to[0], r, lanes);
  };
}

template <class R, class A, class F>
Execute ternary(F f) {
  return [f](Warp& w, const Instruction& i, Mask lanes) {
    const Lanes<A> a = w.get<A>(i.from[0]), b = w.get<A>(i.from[1]);
    const Lanes<R> c = w.get<R>(i.from[2]);
    Lanes<R> r;
    for (unsigned l = 0; l < kLanes; ++l) r.v[l] = static_cast<R>(f(a.v[l], b.v[l], c.v[l]));
    w.put(i.to[0], r, lanes);
  };
}

// f of masks.
template <class F>
Execute of_predicates(F f) {
  return [f](Warp& w, const Instruction& i, Mask lanes) {
    Mask a = w.predicate(i.from[0]), b = i.from.size() > 1 ? w.predicate(i.from[1]) : 0;
    w.put_predicate(i.to[0], f(a, b), lanes);
  };
}

// Calls make with a value of the C++ type that a PTX type stands for; what bits are they are unsigned.
template <class Make>
Execute for_integers(Type type, Make make) {
  const bool is_signed = type.kind == 's';
  switch (type.kind == 'f' || type.kind == 'p' ? 0 : type.bytes) {
    case 1:
      return is_signed ? make(int8_t{}) : make(uint8_t{});
    case 2:
      return is_signed ? make(int16_t{}) : make(uint16_t{});
    case 4:
      return is_signed ? make(int32_t{}) : make(uint32_t{});
    case 8:
      return is_signed ? make(int64_t{}) : make(uint64_t{});
    default:
      return nullptr;
  }
}
template <class Make>
Execute for_floats(Type type, Make make) {
  if (type.kind != 'f' || type.bytes < 4) return nullptr;
  return type.bytes == 4 ? make(float{}) : make(double{});
}
template <class Make>
Execute for_numbers(Type type, Make make) {
  return type.kind == 'f' ? for_floats(type, make) : for_integers(type, make);
}

}  // namespace ptx

#endif
