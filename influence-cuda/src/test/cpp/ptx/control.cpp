/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Branches, exits and barriers, and what lanes of a warp exchange.
#include "elementwise.h"

namespace ptx {

namespace {

// Each lane gets the value of the lane that `mode` names; those without one keep theirs. b: lane or distance, c: the
// width as PTX encodes it, the last lane in its lowest bits.
void shuffle(const std::string& mode, Warp& w, const Instruction& i, Mask lanes) {
  const Lanes<uint32_t> value = w.get<uint32_t>(i.from[0]);
  const Lanes<uint32_t> b = w.get<uint32_t>(i.from[1]), c = w.get<uint32_t>(i.from[2]);
  Lanes<uint32_t> result = value;
  Mask moved = 0;
  for_each(lanes, [&](unsigned l) {
    const unsigned segment = c.v[l] >> 8 & 31, last = (l & segment) | (c.v[l] & 31 & ~segment), by = b.v[l] & 31;
    unsigned from = l;
    bool exists;
    if (mode == "up") {
      exists = l >= by && l - by >= last;
      from = l - by;
    } else {
      from = mode == "bfly" ? l ^ by : mode == "down" ? l + by : (l & segment) | (by & ~segment);
      exists = from <= last;
    }
    if (!exists) return;
    if (!(lanes >> from & 1)) w.fault(i, l, "shuffle from a lane outside the mask");
    moved |= Mask{1} << l;
    result.v[l] = value.v[from];
  });
  w.put(i.to[0], result, lanes);
  if (i.to.size() > 1) w.put_predicate(i.to[1], moved, lanes);
}

void vote(const Mnemonic& name, Warp& w, const Instruction& i, Mask lanes) {
  const Mask said = w.predicate(i.from[0]) & lanes;
  if (name.has("ballot")) {
    Lanes<uint32_t> all;
    for (uint32_t& x : all.v) x = said;
    w.put(i.to[0], all, lanes);
  } else {
    const bool result = name.has("any") ? said != 0 : said == lanes;
    w.put_predicate(i.to[0], result ? kAllLanes : 0, lanes);
  }
}

}  // namespace

bool is_control(const Mnemonic& name, Instruction& i) {
  const std::string& base = name.base();
  if (base == "bra") {
    i.kind = Instruction::kBranch;
  } else if (base == "ret" || base == "exit") {
    i.kind = Instruction::kExit;
  } else if (base == "trap") {
    i.execute = [](Warp& w, const Instruction& j, Mask lanes) {
      w.fault(j, static_cast<unsigned>(__builtin_ctz(lanes)), "trap");
    };
  } else if (base == "bar" && !name.has("warp")) {
    i.kind = Instruction::kBarrier;
    i.reduction = name.has("and") ? Instruction::kAnd : name.has("or") ? Instruction::kOr : Instruction::kNone;
    if (name.has("popc") || name.has("arrive")) return false;
  } else {
    return false;
  }
  return true;
}

bool is_exchange(const Mnemonic& name, Instruction& i) {
  if (name.base() == "bar") {
    i.execute = [](Warp& w, const Instruction&, Mask) { w.sync(); };
  } else if (name.base() == "shfl" && name.has("sync")) {
    i.execute = [mode = name.parts[2]](Warp& w, const Instruction& j, Mask lanes) { shuffle(mode, w, j, lanes); };
  } else if (name.base() == "vote" && name.has("sync") && !name.has("uni")) {
    i.execute = [name](Warp& w, const Instruction& j, Mask lanes) { vote(name, w, j, lanes); };
  } else {
    return false;
  }
  i.kind = Instruction::kExchange;
  i.members = i.from.back();
  return true;
}

}  // namespace ptx
