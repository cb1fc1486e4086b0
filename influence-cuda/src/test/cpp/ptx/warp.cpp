/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "warp.h"

#include <algorithm>

#include "block.h"

namespace ptx {

Warp::Warp(Block& block, unsigned index, unsigned lanes)
    : block_(block),
      index_(index),
      existing_(lanes == kLanes ? kAllLanes : (Mask{1} << lanes) - 1),
      registers_(block.entry().register_bytes),
      predicates_(block.entry().predicates) {}

void Warp::start() {
  running_ = existing_;
  at_exchange_ = at_barrier_ = 0;
  interval_ = 0;
  steps_ = 0;
  place_.fill(0);
  // What is computed from a register that was never set shows: all ones is NaN.
  std::fill(registers_.begin(), registers_.end(), static_cast<unsigned char>(0xFF));
}

void Warp::run() {
  while (ready()) {
    Mask lanes = 0;
    uint32_t lowest = lowest_place(ready());
    for_each(ready(), [&](unsigned l) { lanes |= Mask{place_[l] == lowest} << l; });
    run_together(lanes);
  }
  if (at_exchange_) {
    unsigned lane = static_cast<unsigned>(__builtin_ctz(at_exchange_));
    fault(block_.entry().code[place_[lane]], lane, "lanes of its mask never come");
  }
}

uint32_t Warp::lowest_place(Mask lanes) const {
  uint32_t lowest = ~0u;
  for_each(lanes, [&](unsigned l) { lowest = std::min(lowest, place_[l]); });
  return lowest;
}

// Runs lanes that are at the same place until they part, wait, or pass others that are ready.
void Warp::run_together(Mask lanes) {
  const std::vector<Instruction>& code = block_.entry().code;
  const uint32_t others = lowest_place(ready() & ~lanes);
  uint32_t at = place_[static_cast<unsigned>(__builtin_ctz(lanes))];
  auto leave_at = [&](Mask some, uint32_t place) { for_each(some, [&](unsigned l) { place_[l] = place; }); };
  do {
    const Instruction& i = code[at];
    Mask chosen = lanes;
    if (i.guarded) chosen &= i.negated ? ~predicate(i.guard) : predicate(i.guard);
    if (++steps_ > kMostSteps) fault(i, static_cast<unsigned>(__builtin_ctz(lanes)), "kernel that does not end");
    if (i.kind == Instruction::kPlain) {
      if (chosen) i.execute(*this, i, chosen);
      ++at;
    } else if (i.kind == Instruction::kBranch && (chosen == lanes || !chosen)) {
      at = chosen ? i.target : at + 1;
    } else if (i.kind == Instruction::kExchange && chosen == lanes && are_members(i, lanes)) {
      i.execute(*this, i, lanes);  // none has to wait
      ++at;
    } else if (chosen) {
      leave_at(lanes & ~chosen, at + 1);
      leave_at(chosen, i.kind == Instruction::kBranch ? i.target : at);
      if (i.kind == Instruction::kExit) exit(i, chosen);
      if (i.kind == Instruction::kBarrier) at_barrier_ |= chosen;
      if (i.kind == Instruction::kExchange) exchange(i, chosen);
      return;
    } else {
      ++at;
    }
  } while (at < others);
  leave_at(lanes, at);
}

void Warp::exit(const Instruction& i, Mask lanes) {
  for_each(lanes, [&](unsigned l) {
    AsyncCopies& c = copies_[l];
    bool left = !c.open.empty();
    for (const std::vector<AsyncCopy>& group : c.groups) left |= !group.empty();
    if (left) fault(i, l, "cp.async never waited for");
    c.groups.clear();
  });
  running_ &= ~lanes;
}

// Whether these lanes are all that an exchange is for.
bool Warp::are_members(const Instruction& i, Mask lanes) const {
  const Lanes<Mask> members = get<Mask>(i.members);
  bool all = true;
  for_each(lanes, [&](unsigned l) { all &= members.v[l] == lanes; });
  return all;
}

// Lanes come to an exchange, which is made once the last has come.
void Warp::exchange(const Instruction& i, Mask lanes) {
  const Lanes<Mask> members = get<Mask>(i.members);
  for_each(lanes, [&](unsigned l) {
    if (!(members.v[l] >> l & 1)) fault(i, l, "mask lacks the calling lane");
    members_[l] = members.v[l];
  });
  at_exchange_ |= lanes;
  complete_exchanges();
}

void Warp::complete_exchanges() {
  for (unsigned first = 0; first < kLanes; ++first) {
    if (!(at_exchange_ >> first & 1)) continue;
    const Mask members = members_[first];
    const Instruction& i = block_.entry().code[place_[first]];
    if (members & ~running_) fault(i, first, "mask names a lane that has exited");
    bool together = !(members & ~at_exchange_);
    for_each(members, [&](unsigned l) { together &= place_[l] == place_[first] && members_[l] == members; });
    if (!together) continue;
    i.execute(*this, i, members);
    for_each(members, [&](unsigned l) { ++place_[l]; });
    at_exchange_ &= ~members;
  }
}

const Instruction* Warp::barrier() {
  if (!running_) return nullptr;
  const unsigned first = static_cast<unsigned>(__builtin_ctz(running_));
  const Instruction& i = block_.entry().code[place_[first]];
  for_each(running_, [&](unsigned l) {
    if (place_[l] != place_[first]) fault(i, first, "divergent barrier");
  });
  if (running_ != existing_) fault(i, first, "barrier after threads have exited");
  return &i;
}

void Warp::leave_barrier() {
  for_each(at_barrier_, [&](unsigned l) { ++place_[l]; });
  at_barrier_ = 0;
}

uint64_t Warp::special(const Operand& operand, unsigned lane) const {
  return block_.special(operand.value, index_ * kLanes + lane);
}

Moment Warp::moment(unsigned lane) const {
  return {memory().block(), memory().interval(), interval_, static_cast<uint16_t>(index_), static_cast<uint8_t>(lane)};
}

Memory& Warp::memory() const { return block_.memory(); }

void Warp::fault(const Instruction& i, unsigned lane, const std::string& what) const {
  throw Finding(what + ": \"" + i.text + "\", " + block_.entry().file + ":" + std::to_string(i.line) + ", " +
      block_.name() + ", thread " + std::to_string(index_ * kLanes + lane));
}

void Site::fault(const std::string& what) const { warp.fault(instruction, lane, what); }
Moment Site::now() const { return warp.moment(lane); }

}  // namespace ptx
