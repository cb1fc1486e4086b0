/*
 * SPDX-License-Identifier: Apache-2.0
 */
// The memory that kernels see: global memory is the process's own, shared memory and parameters are ours. Every access
// is checked for alignment, bounds, initialisation and races.
#ifndef PTX_MEMORY_H
#define PTX_MEMORY_H

#include <array>
#include <memory>
#include <unordered_map>

#include "program.h"
#include "races.h"

namespace ptx {

// Generic addresses from here on are shared memory.
constexpr uint64_t kSharedWindow = uint64_t{1} << 60;

// Who accesses memory, for findings and races.
struct Site {
  Warp& warp;
  const Instruction& instruction;
  unsigned lane;

  [[noreturn]] void fault(const std::string& what) const;
  Moment now() const;
};

struct Place {
  Space space;
  uint64_t address;
};

class Memory {
 public:
  static constexpr unsigned kGranule = 2;  // bytes that have a history

  // ---- in time

  void start_launch(std::vector<unsigned char> parameters);
  void start_block(const Entry& entry, size_t dynamic_bytes);
  void pass_barrier() { ++interval_; }
  uint32_t block() const { return block_; }
  uint32_t interval() const { return interval_; }

  // ---- accesses: check, and return where the bytes are

  // Reads elements of `element` bytes each; `used` has a bit for each byte that matters.
  const unsigned char* read(const Site& site, Place place, unsigned bytes, unsigned element, uint32_t used = ~0u);
  unsigned char* write(const Site& site, Place place, unsigned bytes) { return written(site, place, bytes, false); }
  unsigned char* update(const Site& site, Place place, unsigned bytes) { return written(site, place, bytes, true); }

  // A copy from global to shared memory, which may write from its start until it was waited for.
  void start_copy(const Site& site, uint64_t to, unsigned bytes);
  unsigned char* end_copy(const Site& site, uint64_t to, unsigned bytes);

 private:
  static constexpr uint64_t kPage = 4096;
  static constexpr size_t kMostPages = 4096;
  using Page = std::array<History, kPage / kGranule>;

  unsigned char* written(const Site& site, Place place, unsigned bytes, bool atomic);
  unsigned char* within_bounds(const Site& site, Place& place, unsigned bytes);
  // The first of the histories of an access, which never crosses a page; null for parameters, which nobody writes.
  History* histories(const Place& place);
  uint32_t first_block(Space space) const { return space == Space::kShared ? block_ : launch_; }

  std::vector<unsigned char> parameters_, shared_;
  std::vector<bool> in_variable_;  // a byte of shared memory each
  std::vector<History> shared_histories_;
  std::unordered_map<uint64_t, std::unique_ptr<Page>> pages_;  // histories of global memory
  uint64_t last_number_ = ~uint64_t{0};
  Page* last_page_ = nullptr;
  uint32_t launch_ = 1, block_ = 0, interval_ = 0;  // the launch is known by its first block
};

}  // namespace ptx

#endif
