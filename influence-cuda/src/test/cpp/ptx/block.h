/*
 * SPDX-License-Identifier: Apache-2.0
 */
// A block of threads, in warps.
#ifndef PTX_BLOCK_H
#define PTX_BLOCK_H

#include <memory>

#include "warp.h"

namespace ptx {

struct Size {
  unsigned x, y, z;
  unsigned count() const { return x * y * z; }
};

class Block {
 public:
  Block(const Entry& entry, Memory& memory, Size grid, Size threads);

  // Runs the block at a place in the grid; throws a Finding.
  void run(Size index, size_t dynamic_bytes);

  const Entry& entry() const { return entry_; }
  Memory& memory() const { return memory_; }
  // What the special register with this number holds in a thread.
  unsigned special(uint64_t number, unsigned thread) const;
  // Kernel and place in the grid, for findings.
  std::string name() const;

 private:
  bool pass_barrier();

  const Entry& entry_;
  Memory& memory_;
  const Size grid_, threads_;
  Size index_{0, 0, 0};
  std::vector<std::unique_ptr<Warp>> warps_;
};

}  // namespace ptx

#endif
