/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "memory.h"

#include <cstring>

#include "simt/simt.h"
#include "warp.h"

// AddressSanitizer's, which knows what is allocated; absent in programs without it.
extern "C" void* __asan_region_is_poisoned(void* begin, size_t size) __attribute__((weak));

namespace ptx {

namespace {

void check(const Site& site, Space space, Race race) {
  if (race == Race::kNone) return;
  const char* what = race == Race::kReadsWhatIsWritten ? "reads what another thread wrote"
      : race == Race::kOverwritesWhatIsWritten         ? "overwrites what another thread wrote"
                                                       : "overwrites what another thread read";
  site.fault(std::string("race: ") + what + ", with nothing between that orders them, in " +
      (space == Space::kShared ? "shared" : "global") + " memory");
}

// Whether these bytes still hold what fresh memory holds.
bool fresh(const unsigned char* p, unsigned bytes) {
  for (unsigned n = 0; n + 2 <= bytes; n += 2) {
    uint16_t bits;
    memcpy(&bits, p + n, sizeof bits);
    if (bits != simt::kFresh) return false;
  }
  return bytes >= 2;
}

unsigned granules(unsigned bytes) { return (bytes + Memory::kGranule - 1) / Memory::kGranule; }

}  // namespace

void Memory::start_launch(std::vector<unsigned char> parameters) {
  parameters_ = std::move(parameters);
  launch_ = block_ + 1;
  if (pages_.size() > kMostPages) {
    pages_.clear();
    last_number_ = ~uint64_t{0};
  }
}

void Memory::start_block(const Entry& entry, size_t dynamic_bytes) {
  ++block_;
  ++interval_;
  in_variable_ = entry.shared;
  in_variable_.resize(in_variable_.size() + dynamic_bytes, true);
  shared_.assign(in_variable_.size(), 0xFF);
  if (shared_histories_.size() < granules(static_cast<unsigned>(shared_.size()))) {
    shared_histories_.resize(granules(static_cast<unsigned>(shared_.size())));
  }
}

unsigned char* Memory::within_bounds(const Site& site, Place& place, unsigned bytes) {
  if (place.address % bytes) site.fault("misaligned access of " + std::to_string(bytes) + " bytes");
  if (place.space == Space::kGeneric) {
    bool shared = place.address >= kSharedWindow;
    place = {shared ? Space::kShared : Space::kGlobal, shared ? place.address - kSharedWindow : place.address};
  }
  if (place.space == Space::kGlobal) {
    unsigned char* p = reinterpret_cast<unsigned char*>(place.address);
    if (place.address >= kSharedWindow || (__asan_region_is_poisoned && __asan_region_is_poisoned(p, bytes))) {
      site.fault("global memory out of bounds");
    }
    return p;
  }
  if (place.space == Space::kShared) place.address &= 0xffffffffu;
  std::vector<unsigned char>& all = place.space == Space::kShared ? shared_ : parameters_;
  const char* name = place.space == Space::kShared ? "shared memory" : "parameters";
  if (place.address >= all.size() || bytes > all.size() - place.address) {
    site.fault(name + std::string(" out of bounds"));
  }
  // Gaps are wider than any access.
  if (place.space == Space::kShared && !(in_variable_[place.address] && in_variable_[place.address + bytes - 1])) {
    site.fault("shared memory out of a variable's bounds");
  }
  return &all[place.address];
}

History* Memory::histories(const Place& place) {
  if (place.space == Space::kParameter) return nullptr;
  if (place.space == Space::kShared) return &shared_histories_[place.address / kGranule];
  uint64_t number = place.address / kPage;
  if (number != last_number_) {
    std::unique_ptr<Page>& page = pages_[number];
    if (!page) page = std::make_unique<Page>();
    last_number_ = number;
    last_page_ = page.get();
  }
  return &(*last_page_)[place.address % kPage / kGranule];
}

const unsigned char* Memory::read(const Site& site, Place place, unsigned bytes, unsigned element, uint32_t used) {
  const unsigned char* p = within_bounds(site, place, bytes);
  if (place.space == Space::kGlobal) {
    for (unsigned n = 0; n < bytes; n += element) {
      if ((used >> n & 1) && fresh(p + n, element)) site.fault("uninitialised global memory read");
    }
  }
  if (History* history = histories(place)) {
    const Moment now = site.now();
    const uint32_t first = first_block(place.space);
    for (History* h = history; h < history + granules(bytes); ++h) {
      if (place.space == Space::kShared) {
        if (h->copy_in_flight(block_)) site.fault("shared memory read while a cp.async to it is in flight");
        if (!h->written_by(block_)) site.fault("uninitialised shared memory read");
      }
      check(site, place.space, h->read(now, first));
    }
  }
  return p;
}

unsigned char* Memory::written(const Site& site, Place place, unsigned bytes, bool atomic) {
  if (place.space == Space::kParameter) site.fault("parameters written");
  unsigned char* p = within_bounds(site, place, bytes);
  History* history = histories(place);
  const Moment now = site.now();
  const uint32_t first = first_block(place.space);
  for (History* h = history; h < history + granules(bytes); ++h) {
    if (place.space == Space::kShared) {
      if (h->copy_in_flight(block_)) site.fault("shared memory written while a cp.async to it is in flight");
      if (atomic && !h->written_by(block_)) site.fault("uninitialised shared memory read");
    }
    check(site, place.space, h->write(now, first, atomic));
  }
  return p;
}

void Memory::start_copy(const Site& site, uint64_t to, unsigned bytes) {
  written(site, {Space::kShared, to}, bytes, false);
  History* history = histories({Space::kShared, to & 0xffffffffu});
  for (History* h = history; h < history + granules(bytes); ++h) h->start_copy(block_);
}

unsigned char* Memory::end_copy(const Site& site, uint64_t to, unsigned bytes) {
  Place place{Space::kShared, to};
  unsigned char* p = within_bounds(site, place, bytes);
  History* history = histories(place);
  for (History* h = history; h < history + granules(bytes); ++h) {
    h->end_copy();
    check(site, Space::kShared, h->write(site.now(), block_));
  }
  return p;
}

}  // namespace ptx
