/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Loads, stores and atomics, and the copies of cp.async.
#include <algorithm>
#include <cstring>

#include "elementwise.h"

namespace ptx {

namespace {

constexpr size_t kMostElements = 4;  // of a vector

size_t vector_length(const Mnemonic& name) { return name.has("v4") ? 4 : name.has("v2") ? 2 : 1; }

template <class T>
Execute load(Space space) {
  return [space](Warp& w, const Instruction& i, Mask lanes) {
    const Lanes<uint64_t> at = w.addresses(i.from[0]);
    const unsigned count = static_cast<unsigned>(std::min(i.to.size(), kMostElements));
    Lanes<T> element[kMostElements];
    for_each(lanes, [&](unsigned l) {
      const unsigned char* p = w.memory().read({w, i, l}, {space, at.v[l]}, count * sizeof(T), sizeof(T), i.used_bytes);
      for (unsigned n = 0; n < count; ++n) memcpy(&element[n].v[l], p + n * sizeof(T), sizeof(T));
    });
    for (unsigned n = 0; n < count; ++n) w.put(i.to[n], element[n], lanes);
  };
}

template <class T>
Execute store(Space space) {
  return [space](Warp& w, const Instruction& i, Mask lanes) {
    const Lanes<uint64_t> at = w.addresses(i.from[0]);
    const unsigned count = static_cast<unsigned>(std::min(i.from.size() - 1, kMostElements));
    Lanes<T> element[kMostElements];
    for (unsigned n = 0; n < count; ++n) element[n] = w.get<T>(i.from[n + 1]);
    for_each(lanes, [&](unsigned l) {
      unsigned char* p = w.memory().write({w, i, l}, {space, at.v[l]}, count * sizeof(T));
      for (unsigned n = 0; n < count; ++n) memcpy(p + n * sizeof(T), &element[n].v[l], sizeof(T));
    });
  };
}

template <class T, class F>
Execute atomic(Space space, F f) {
  return [space, f](Warp& w, const Instruction& i, Mask lanes) {
    const Lanes<uint64_t> at = w.addresses(i.from[0]);
    const Lanes<T> x = w.get<T>(i.from[1]);
    Lanes<T> old{};
    for_each(lanes, [&](unsigned l) {
      unsigned char* p = w.memory().update({w, i, l}, {space, at.v[l]}, sizeof(T));
      memcpy(&old.v[l], p, sizeof(T));
      const T sum = f(old.v[l], x.v[l]);
      memcpy(p, &sum, sizeof(T));
    });
    if (!i.to.empty()) w.put(i.to[0], old, lanes);
  };
}

Execute atomics(const Mnemonic& name) {
  return for_integers(name.type(), [&](auto zero) -> Execute {
    using T = decltype(zero);
    if (name.has("add")) return atomic<T>(name.space(), [](T a, T b) { return T(uint64_t(a) + uint64_t(b)); });
    if (name.has("min")) return atomic<T>(name.space(), [](T a, T b) { return std::min(a, b); });
    if (name.has("max")) return atomic<T>(name.space(), [](T a, T b) { return std::max(a, b); });
    return nullptr;
  });
}

// cp.async [to], [from], bytes, copied.
void start_copies(Warp& w, const Instruction& i, Mask lanes) {
  const Lanes<uint64_t> to = w.addresses(i.from[0]), from = w.addresses(i.from[1]);
  const Lanes<uint32_t> bytes = w.get<uint32_t>(i.from[2]);
  const Lanes<uint32_t> copied = i.from.size() > 3 ? w.get<uint32_t>(i.from[3]) : bytes;
  for_each(lanes, [&](unsigned l) {
    const Site site{w, i, l};
    if (copied.v[l] > bytes.v[l]) site.fault("cp.async copies more than there is room for");
    if (from.v[l] % bytes.v[l]) site.fault("misaligned source of cp.async");
    w.memory().start_copy(site, to.v[l], bytes.v[l]);
    w.copies(l).open.push_back({to.v[l], from.v[l], bytes.v[l], copied.v[l]});
  });
}

void commit_copies(Warp& w, const Instruction&, Mask lanes) {
  for_each(lanes, [&](unsigned l) {
    AsyncCopies& c = w.copies(l);
    c.groups.push_back(std::move(c.open));
    c.open.clear();
  });
}

// A copy is made when it is waited for, the latest moment the hardware may make it.
void wait_for_copies(Warp& w, const Instruction& i, Mask lanes) {
  const size_t left = i.from[0].value;
  for_each(lanes, [&](unsigned l) {
    const Site site{w, i, l};
    std::vector<std::vector<AsyncCopy>>& groups = w.copies(l).groups;
    const size_t done = groups.size() > left ? groups.size() - left : 0;
    for (size_t g = 0; g < done; ++g) {
      for (const AsyncCopy& c : groups[g]) {
        unsigned char* to = w.memory().end_copy(site, c.to, c.bytes);
        memset(to, 0, c.bytes);
        // Two bytes alone may well look fresh: half of a float.
        const unsigned unit = c.copied % 4 == 0 ? 4 : 2, used = unit == 4 ? ~0u : 0;
        for (unsigned n = 0; n < c.copied; n += unit) {
          memcpy(to + n, w.memory().read(site, {Space::kGlobal, c.from + n}, unit, unit, used), unit);
        }
      }
    }
    groups.erase(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(done));
  });
}

}  // namespace

bool is_memory(const Mnemonic& name, Instruction& i) {
  if (name.base() == "ld" || name.base() == "st") {
    const size_t elements = name.base() == "ld" ? i.to.size() : i.from.size() - 1;
    if (elements != vector_length(name)) return false;
    Type type = name.type();
    if (type.kind == 'f') type.kind = 'b';
    i.execute = for_integers(type, [&](auto zero) -> Execute {
      using T = decltype(zero);
      return name.base() == "ld" ? load<T>(name.space()) : store<T>(name.space());
    });
  }
  if (name.base() == "atom" || name.base() == "red") i.execute = atomics(name);
  return static_cast<bool>(i.execute);
}

bool is_async_copy(const Mnemonic& name, Instruction& i) {
  if (name.base() != "cp" || !name.has("async")) return false;
  i.execute = name.has("commit_group") ? commit_copies : name.has("wait_group") ? wait_for_copies : start_copies;
  return true;
}

}  // namespace ptx
