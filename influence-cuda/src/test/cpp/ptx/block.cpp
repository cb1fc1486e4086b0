/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "block.h"

#include <algorithm>

#include "symbols.h"

namespace ptx {

Block::Block(const Entry& entry, Memory& memory, Size grid, Size threads)
    : entry_(entry), memory_(memory), grid_(grid), threads_(threads) {
  for (unsigned first = 0; first < threads.count(); first += kLanes) {
    unsigned lanes = std::min(kLanes, threads.count() - first);
    warps_.push_back(std::make_unique<Warp>(*this, first / kLanes, lanes));
  }
}

void Block::run(Size index, size_t dynamic_bytes) {
  index_ = index;
  memory_.start_block(entry_, dynamic_bytes);
  for (auto& warp : warps_) warp->start();
  do {
    for (auto& warp : warps_) warp->run();
  } while (pass_barrier());
}

// Whether any thread still runs. All warps have stopped, so each waits here or has exited.
bool Block::pass_barrier() {
  const Instruction* common = nullptr;
  unsigned waiting = 0;
  Mask all = kAllLanes, any = 0;
  for (auto& warp : warps_) {
    const Instruction* i = warp->barrier();
    if (!i) continue;
    if (common && i != common) warp->fault(*i, 0, "divergent barrier");
    common = i;
    ++waiting;
    if (i->reduction != Instruction::kNone) {
      Mask p = warp->predicate(i->from.back());
      all &= p | ~warp->existing();
      any |= p & warp->existing();
    }
  }
  if (!common) return false;
  if (waiting < warps_.size()) warps_[0]->fault(*common, 0, "barrier after threads have exited");
  bool result = common->reduction == Instruction::kAnd ? all == kAllLanes : any != 0;
  for (auto& warp : warps_) {
    if (common->reduction != Instruction::kNone) warp->put_predicate(common->to[0], result ? kAllLanes : 0, kAllLanes);
    warp->leave_barrier();
  }
  memory_.pass_barrier();
  return true;
}

unsigned Block::special(uint64_t number, unsigned thread) const {
  const Size size = threads_;
  const Size thread_index = {thread % size.x, thread / size.x % size.y, thread / (size.x * size.y)};
  const Size of[] = {thread_index, threads_, index_, grid_};  // as in Operand::Special
  const Size& s = of[number / 3];
  return number % 3 == 0 ? s.x : number % 3 == 1 ? s.y : s.z;
}

std::string Block::name() const {
  return demangled(entry_.name) + ", block (" + std::to_string(index_.x) + "," + std::to_string(index_.y) + "," +
      std::to_string(index_.z) + ")";
}

}  // namespace ptx
