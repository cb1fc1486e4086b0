/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Finds accesses of two threads to the same memory that nothing orders. Threads of a block are ordered by its barriers,
// lanes of a warp also by __syncwarp, launches by each other, and blocks of a launch by nothing.
#ifndef PTX_RACES_H
#define PTX_RACES_H

#include <cstdint>

namespace ptx {

// By whom and when memory was touched.
struct Moment {
  static constexpr uint8_t kSeveral = 0xff;  // in place of a lane

  uint32_t block = 0;          // counted over all launches; 0: never
  uint32_t interval = 0;       // between barriers, counted over all blocks
  uint32_t warp_interval = 0;  // between __syncwarps
  uint16_t warp = 0;
  uint8_t lane = 0;

  bool same_warp(const Moment& other) const { return block == other.block && warp == other.warp; }

  // Whether what is done at `now` comes after this for certain. `first` is the first block that counts: of the launch,
  // or for shared memory the one that runs.
  bool before(const Moment& now, uint32_t first) const {
    if (block < first) return true;
    if (block != now.block) return false;
    if (interval != now.interval) return true;
    if (warp != now.warp) return false;
    return warp_interval != now.warp_interval || lane == now.lane;
  }
};

enum class Race { kNone, kReadsWhatIsWritten, kOverwritesWhatIsWritten, kOverwritesWhatIsRead };

// The history of two bytes of memory, as far as the next access can conflict with it: the last write, the last reads
// of two warps (if any read conflicts with a write, one of these does) and the first block that read.
class History {
 public:
  Race read(const Moment& now, uint32_t first) {
    if (!written_.before(now, first)) return Race::kReadsWhatIsWritten;
    if (!read_.same_warp(now)) {
      other_read_ = read_;
      read_ = now;
    } else {
      bool unordered = read_.interval == now.interval && read_.warp_interval == now.warp_interval;
      uint8_t lane = unordered && read_.lane != now.lane ? Moment::kSeveral : now.lane;
      read_ = now;
      read_.lane = lane;
    }
    if (reading_block_ < first) reading_block_ = now.block;
    return Race::kNone;
  }

  Race write(const Moment& now, uint32_t first, bool atomic = false) {
    if (!written_.before(now, first) && !(atomic && atomic_)) return Race::kOverwritesWhatIsWritten;
    bool other_block = reading_block_ >= first && reading_block_ != now.block;
    if (other_block || !read_.before(now, first) || !other_read_.before(now, first)) return Race::kOverwritesWhatIsRead;
    written_ = now;
    atomic_ = atomic;
    return Race::kNone;
  }

  bool written_by(uint32_t block) const { return written_.block == block; }

  // A copy in flight to here: neither to be read nor to be written until it has been waited for.
  void start_copy(uint32_t block) { copied_in_block_ = block; }
  void end_copy() { copied_in_block_ = 0; }
  bool copy_in_flight(uint32_t block) const { return copied_in_block_ == block; }

 private:
  Moment written_, read_, other_read_;
  uint32_t reading_block_ = 0, copied_in_block_ = 0;
  bool atomic_ = false;
};

}  // namespace ptx

#endif
