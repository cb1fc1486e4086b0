/*
 * SPDX-License-Identifier: Apache-2.0
 */
// 32 threads that run together: those at the lowest place of the code first, so that they meet again where branches
// join.
#ifndef PTX_WARP_H
#define PTX_WARP_H

#include <array>
#include <cstring>
#include <type_traits>

#include "memory.h"
#include "program.h"

namespace ptx {

class Block;

// A value of each lane.
template <class T>
struct Lanes {
  T v[kLanes];
};

// A copy by cp.async.
struct AsyncCopy {
  uint64_t to, from;
  unsigned bytes, copied;  // the rest is zeroed
};
struct AsyncCopies {
  std::vector<std::vector<AsyncCopy>> groups;  // committed ones, oldest first
  std::vector<AsyncCopy> open;                 // not committed yet
};

// Calls f for each lane of a mask.
template <class F>
void for_each(Mask lanes, F f) {
  for (; lanes; lanes &= lanes - 1) f(static_cast<unsigned>(__builtin_ctz(lanes)));
}

class Warp {
 public:
  Warp(Block& block, unsigned index, unsigned lanes);

  // ---- values

  template <class T>
  Lanes<T> get(const Operand& operand) const {
    Lanes<T> x;
    if (operand.place == Operand::kRegister && operand.bytes == sizeof(T)) {
      memcpy(x.v, &registers_[operand.value], sizeof x);
    } else if (operand.place == Operand::kRegister) {  // a wider one: its lowest bytes
      for (unsigned l = 0; l < kLanes; ++l) memcpy(&x.v[l], &registers_[operand.value + l * operand.bytes], sizeof(T));
    } else {
      for (unsigned l = 0; l < kLanes; ++l) {
        uint64_t bits = operand.place == Operand::kSpecial ? special(operand, l) : operand.value;
        memcpy(&x.v[l], &bits, sizeof(T));
      }
    }
    return x;
  }

  // Sets a register in some lanes; a wider one is extended by the sign.
  template <class T>
  void put(const Operand& operand, const Lanes<T>& x, Mask lanes) {
    if (operand.bytes == sizeof(T) && lanes == kAllLanes) {
      memcpy(&registers_[operand.value], x.v, sizeof x);
    } else if (operand.bytes == sizeof(T)) {
      for_each(lanes, [&](unsigned l) { memcpy(&registers_[operand.value + l * sizeof(T)], &x.v[l], sizeof(T)); });
    } else {
      for_each(lanes, [&](unsigned l) {
        int64_t wide = static_cast<int64_t>(x.v[l]);
        memcpy(&registers_[operand.value + l * operand.bytes], &wide, operand.bytes);
      });
    }
  }

  Mask predicate(const Operand& operand) const {
    if (operand.place == Operand::kPredicate) return predicates_[operand.value];
    return operand.value ? kAllLanes : 0;
  }
  void put_predicate(const Operand& operand, Mask value, Mask lanes) {
    Mask& p = predicates_[operand.value];
    p = (p & ~lanes) | (value & lanes);
  }

  // The addresses that an operand in brackets names.
  Lanes<uint64_t> addresses(const Operand& operand) const {
    Lanes<uint64_t> a = operand.bytes == 4 ? widened(get<uint32_t>(operand)) : get<uint64_t>(operand);
    for (uint64_t& x : a.v) x += static_cast<uint64_t>(operand.displacement);
    return a;
  }

  // ---- running

  void start();
  // Until each lane has exited or waits for other warps.
  void run();
  // The instruction where all lanes that have not exited wait for the block; null if the warp has exited, a Finding if
  // they wait at different ones.
  const Instruction* barrier();
  void leave_barrier();

  void sync() { ++interval_; }
  Moment moment(unsigned lane) const;
  [[noreturn]] void fault(const Instruction& i, unsigned lane, const std::string& what) const;

  Mask existing() const { return existing_; }
  Mask exited() const { return existing_ & ~running_; }
  Memory& memory() const;
  AsyncCopies& copies(unsigned lane) { return copies_[lane]; }

 private:
  static constexpr uint64_t kMostSteps = 200'000'000;  // a kernel that takes more does not end

  static Lanes<uint64_t> widened(const Lanes<uint32_t>& x) {
    Lanes<uint64_t> wide;
    for (unsigned l = 0; l < kLanes; ++l) wide.v[l] = x.v[l];
    return wide;
  }
  uint64_t special(const Operand& operand, unsigned lane) const;
  Mask ready() const { return running_ & ~at_exchange_ & ~at_barrier_; }
  uint32_t lowest_place(Mask lanes) const;
  void run_together(Mask lanes);
  void exit(const Instruction& i, Mask lanes);
  bool are_members(const Instruction& i, Mask lanes) const;
  void exchange(const Instruction& i, Mask lanes);
  void complete_exchanges();

  Block& block_;
  const unsigned index_;
  const Mask existing_;
  Mask running_ = 0, at_exchange_ = 0, at_barrier_ = 0;
  uint32_t interval_ = 0;  // between __syncwarps
  uint64_t steps_ = 0;
  std::array<uint32_t, kLanes> place_{};   // of each lane in the code, while it does not run
  std::array<Mask, kLanes> members_{};     // of the exchange it waits for
  std::array<AsyncCopies, kLanes> copies_;
  std::vector<unsigned char> registers_;
  std::vector<Mask> predicates_;
};

}  // namespace ptx

#endif
