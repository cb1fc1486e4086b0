/*
 * SPDX-License-Identifier: Apache-2.0
 */
// SIMT emulator: runs CUDA kernels compiled by g++ on the CPU, one fiber per CUDA thread, blocks one after the other.
// The headers in cuda/ give the CUDA language and library names on top of this; put that directory on the include path.
//
// Finds: barriers, shuffles and warp operations that not all threads reach (a Fault with the places where threads
// wait), barriers reached at different places, shared memory read before it is written (poisoned with NaN for every
// block), copies by cp.async read before they were waited for (poisoned until then) or never waited for, results that
// depend on the order of threads (run every test in the three schedules), and with -fsanitize=address,undefined
// -fsanitize-sections=simt_shared out-of-bounds accesses (global, static and dynamic shared memory) and misaligned
// vectors.
//
// Does not model: races that no schedule exposes, the memory model between blocks, bank conflicts, occupancy,
// registers. Kernels that are templates must be static: GCC puts the shared variables of others in a section of their
// own.
//
// Linux x86-64, GCC. Launches from several threads are serialised.
#ifndef SIMT_SIMT_H
#define SIMT_SIMT_H

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define SIMT_ASAN 1
#else
#define SIMT_ASAN 0
#endif

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

namespace simt {

// The limits the emulated device reports, unless a test sets others: those of an H100.
constexpr int kComputeCapability = 90;
constexpr int kMultiprocessors = 132;
constexpr size_t kSharedPerBlock = 227 * 1024;

enum class Schedule { kForward, kReverse, kShuffled };

// A bug in the kernel, found while it ran.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What fresh memory holds, in every two bytes: not a number in any floating-point type, and unlikely in others. Tests
// fill their buffers with it; the PTX interpreter takes whoever reads it for a reader of uninitialised memory.
constexpr uint16_t kFresh = 0xffdb;

// A launch for another to run in place of the emulator.
struct Argument {
  const void* data;
  size_t bytes;
};
struct Launch {
  const void* kernel;
  dim3 grid, block;
  size_t dynamic_bytes;
  std::vector<Argument> arguments;
};
class Runner {
 public:
  virtual ~Runner() = default;
  // Runs it to its end and returns true, or returns false if it cannot run this kernel; throws what it finds.
  virtual bool run(const Launch& launch) = 0;
  // The kernels it has that were never launched.
  virtual std::vector<std::string> never_run() const { return {}; }
};

// ---- fibers

extern "C" void simt_switch(void** save, void* load);
// Saves the callee-saved registers on this stack and takes them from the other one.
__asm__(R"(
.text
.weak simt_switch
.hidden simt_switch
.type simt_switch, @function
simt_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size simt_switch, .-simt_switch
)");

constexpr size_t kStackBytes = 128 * 1024;
constexpr size_t kGuardBytes = 4096;

// Stacks of one block's fibers, each above a guard page.
class Stacks {
 public:
  ~Stacks() { release(); }
  void reserve(unsigned count) {
    if (count <= count_) return;
    release();
    base_ = static_cast<char*>(mmap(nullptr, count * kPitch, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    if (base_ == MAP_FAILED) throw std::bad_alloc();
    count_ = count;
    for (unsigned i = 0; i < count; ++i) mprotect(base_ + i * kPitch, kGuardBytes, PROT_NONE);
  }
  char* bottom(unsigned i) const { return base_ + i * kPitch + kGuardBytes; }

 private:
  static constexpr size_t kPitch = kStackBytes + kGuardBytes;
  void release() {
    if (count_) munmap(base_, count_ * kPitch);
    count_ = 0;
  }
  char* base_ = nullptr;
  unsigned count_ = 0;
};

// ---- the machine

enum class State : uint8_t { kReady, kAtBlockBarrier, kAtWarpBarrier, kDone };

struct AsyncCopy {
  void* to;
  const void* from;
  size_t bytes, copied;  // the rest is zeroed
};

struct Thread {
  uint3 index;
  unsigned linear, lane, warp;
  State state;
  uint32_t mask;        // of the warp operation waited for
  const char* where;    // barrier waited at
  void* stack_pointer;
  void* fake_stack;
  std::vector<std::vector<AsyncCopy>> groups;  // committed copies, oldest first
  std::vector<AsyncCopy> open;                 // not committed yet
  unsigned products;                           // on tensor cores, so far
};

struct Warp {
  uint64_t given[32], exchanged[32];  // values brought to a warp operation, and those of the last completed one
  uint32_t arrived;
  // Operands of a tensor-core product, and of the one before, which some lanes may not have made yet.
  float left[2][256], right[2][128];
};

extern "C" __attribute__((weak, visibility("hidden"))) char __start_simt_shared[];
extern "C" __attribute__((weak, visibility("hidden"))) char __stop_simt_shared[];

class Machine {
 public:
  Thread* current = nullptr;
  uint3 block{};
  dim3 block_size, grid_size;
  unsigned char* dynamic_shared = nullptr;
  Schedule schedule = Schedule::kForward;
  int multiprocessors = kMultiprocessors;
  int capability = kComputeCapability;
  uint32_t seed = 1;
  Runner* runner = nullptr;  // asked first, if there is one
  std::mutex mutex;
  std::vector<Warp> warps;
  int last_or = 0, last_and = 0, last_count = 0;  // results of the last block barrier

  static Machine& instance() {
    static Machine machine;
    return machine;
  }

  static bool within_limits(dim3 grid, dim3 block) {
    uint64_t threads = uint64_t{block.x} * block.y * block.z;
    return threads > 0 && threads <= 1024 && grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.x <= 0x7fffffffu &&
        grid.y <= 65535 && grid.z <= 65535;
  }

  // Holds a launch against the limits of the hardware.
  static void check(const char* name, dim3 grid, dim3 block, size_t dynamic_bytes) {
    if (!within_limits(grid, block)) throw Fault(std::string("invalid launch configuration of ") + name);
    if (dynamic_bytes > kSharedPerBlock) throw Fault(std::string("too much dynamic shared memory in ") + name);
  }

  void run(const char* name, dim3 grid, dim3 block_dim, size_t dynamic_bytes, void (*entry)(void*), void* argument) {
    name_ = name;
    grid_size = grid;
    block_size = block_dim;
    unsigned threads = block_dim.x * block_dim.y * block_dim.z;
    entry_ = entry;
    argument_ = argument;
    stacks_.reserve(threads);
    threads_.resize(threads);
    warps.resize((threads + 31) / 32);
    order_.resize(threads);
    for (unsigned i = 0; i < threads; ++i) order_[i] = schedule == Schedule::kReverse ? threads - 1 - i : i;
    // A heap block of exactly the size asked for, so that AddressSanitizer sees overruns.
    dynamic_shared = dynamic_bytes ? static_cast<unsigned char*>(aligned_alloc16(dynamic_bytes)) : nullptr;
    dynamic_bytes_ = dynamic_bytes;
    struct Free {
      Machine* m;
      ~Free() {
        ::free(m->dynamic_shared);
        m->dynamic_shared = nullptr;
        m->current = nullptr;
      }
    } release{this};
    uint32_t random = seed * 2654435761u + 12345u;
    for (unsigned z = 0; z < grid.z; ++z) {
      for (unsigned y = 0; y < grid.y; ++y) {
        for (unsigned x = 0; x < grid.x; ++x) {
          // In the reverse schedule blocks run backwards too: nothing may depend on their order.
          bool backwards = schedule == Schedule::kReverse;
          block = {backwards ? grid.x - 1 - x : x, backwards ? grid.y - 1 - y : y, backwards ? grid.z - 1 - z : z};
          if (schedule == Schedule::kShuffled) {
            for (unsigned i = threads; i > 1; --i) {
              random = random * 1664525u + 1013904223u;
              std::swap(order_[i - 1], order_[(random >> 8) % i]);
            }
          }
          run_block();
        }
      }
    }
  }

  // ---- called by fibers

  void block_barrier(const char* where, int predicate) {
    Thread* t = current;
    t->state = State::kAtBlockBarrier;
    t->where = where;
    ++at_barrier_;
    or_ |= predicate != 0;
    and_ &= predicate != 0;
    count_ += predicate != 0;
    to_host(false);
  }

  // Returns once all lanes of the mask have arrived with the same mask. Before the next operation of a warp completes,
  // all released lanes have run, so each has read what the others brought.
  void warp_barrier(uint32_t mask, const char* where) {
    Thread* t = current;
    t->state = State::kAtWarpBarrier;
    t->where = where;
    t->mask = mask;
    if (!(mask >> t->lane & 1)) {
      t->where = "a warp operation whose mask lacks the calling lane";
      t->mask = 0;
    }
    warps[t->warp].arrived |= 1u << t->lane;
    to_host(false);
  }

  void async_copy(void* to, const void* from, size_t bytes, size_t zeroed) {
    if ((bytes != 4 && bytes != 8 && bytes != 16) || zeroed > bytes) {
      fault("cp.async of a size that is not 4, 8 or 16 bytes");
    }
    if (reinterpret_cast<uintptr_t>(to) % bytes || reinterpret_cast<uintptr_t>(from) % bytes) {
      fault("cp.async misaligned");
    }
    memset(to, 0xFF, bytes);
    current->open.push_back({to, from, bytes, bytes - zeroed});
  }
  void async_commit() {
    current->groups.push_back(std::move(current->open));
    current->open.clear();
  }
  void async_wait(size_t newest_left) {
    auto& groups = current->groups;
    size_t done = groups.size() > newest_left ? groups.size() - newest_left : 0;
    for (size_t g = 0; g < done; ++g) {
      for (const AsyncCopy& c : groups[g]) {
        memcpy(c.to, c.from, c.copied);
        memset(static_cast<char*>(c.to) + c.copied, 0, c.bytes - c.copied);
      }
    }
    groups.erase(groups.begin(), groups.begin() + static_cast<long>(done));
  }

  // Ends this thread's kernel with a fault; called on a fiber. Nothing on its stack is destroyed, so it must own no
  // memory.
  void fault(const char* text, const char* where = "") {
    pending_ = text;
    pending_ += where;
    to_host(true);
  }

 private:
  static void* aligned_alloc16(size_t bytes) {
    void* p = nullptr;
    if (posix_memalign(&p, 16, bytes)) throw std::bad_alloc();
    return p;
  }

  static void fiber_main() {
    Machine& m = instance();
#if SIMT_ASAN
    __sanitizer_finish_switch_fiber(nullptr, &m.host_bottom_, &m.host_size_);
#endif
    m.entry_(m.argument_);
    Thread* t = m.current;
    if (!t->groups.empty() || !t->open.empty()) m.pending_ = "cp.async never waited for";
    t->state = State::kDone;
    --m.alive_;
    m.to_host(true);
    __builtin_unreachable();
  }

  void to_host(bool for_good) {
    Thread* t = current;
#if SIMT_ASAN
    __sanitizer_start_switch_fiber(for_good ? nullptr : &t->fake_stack, host_bottom_, host_size_);
#else
    (void)for_good;
#endif
    simt_switch(&t->stack_pointer, host_stack_pointer_);
#if SIMT_ASAN
    __sanitizer_finish_switch_fiber(t->fake_stack, &host_bottom_, &host_size_);
#endif
  }

  void to_fiber(Thread* t) {
    current = t;
#if SIMT_ASAN
    __sanitizer_start_switch_fiber(&host_fake_stack_, stacks_.bottom(t->linear), kStackBytes);
#endif
    simt_switch(&host_stack_pointer_, t->stack_pointer);
#if SIMT_ASAN
    __sanitizer_finish_switch_fiber(host_fake_stack_, nullptr, nullptr);
#endif
    if (!pending_.empty()) throw Fault(std::exchange(pending_, {}) + at_block());
  }

  std::string at_block() const {
    return std::string(" in ") + name_ + ", block (" + std::to_string(block.x) + "," + std::to_string(block.y) + "," +
        std::to_string(block.z) + "), thread " + std::to_string(current->linear);
  }

  __attribute__((no_sanitize("address"))) void poison_shared() {
    // All ones is NaN in every floating-point type.
    if (__start_simt_shared) {
#if SIMT_ASAN
      // Byte by byte, as memset would trip over AddressSanitizer's red zones.
      for (volatile char* p = __start_simt_shared; p < __stop_simt_shared; ++p) *p = static_cast<char>(0xFF);
#else
      memset(__start_simt_shared, 0xFF, static_cast<size_t>(__stop_simt_shared - __start_simt_shared));
#endif
    }
    if (dynamic_bytes_) memset(dynamic_shared, 0xFF, dynamic_bytes_);
  }

  void start_block() {
    unsigned threads = static_cast<unsigned>(threads_.size());
    alive_ = threads;
    at_barrier_ = 0;
    or_ = 0;
    and_ = 1;
    count_ = 0;
    poison_shared();
    for (Warp& w : warps) w.arrived = 0;
    for (unsigned i = 0; i < threads; ++i) {
      Thread& t = threads_[i];
      t.index = {i % block_size.x, i / block_size.x % block_size.y, i / (block_size.x * block_size.y)};
      t.linear = i;
      t.lane = i % 32;
      t.warp = i / 32;
      t.state = State::kReady;
      t.fake_stack = nullptr;
      t.groups.clear();
      t.open.clear();
      t.products = 0;
      char* bottom = stacks_.bottom(i);
#if SIMT_ASAN
      __asan_unpoison_memory_region(bottom, kStackBytes);
#endif
      // What simt_switch pops: six registers, then the address to return to; one word keeps the stack aligned.
      void** sp = reinterpret_cast<void**>(bottom + kStackBytes);
      *--sp = nullptr;
      *--sp = reinterpret_cast<void*>(&fiber_main);
      for (int r = 0; r < 6; ++r) *--sp = nullptr;
      t.stack_pointer = sp;
    }
  }

  void run_block() {
    start_block();
    while (alive_) {
      bool progress = false;
      for (unsigned i : order_) {
        if (threads_[i].state == State::kReady) {
          progress = true;
          to_fiber(&threads_[i]);
        }
      }
      for (unsigned w = 0; w < warps.size(); ++w) progress |= release_warp(w);
      progress |= release_block();
      if (!progress) deadlock();
    }
  }

  bool release_warp(unsigned index) {
    Warp& w = warps[index];
    bool any = false;
    for (uint32_t todo = w.arrived; todo;) {
      Thread* first = &threads_[index * 32 + static_cast<unsigned>(__builtin_ctz(todo))];
      uint32_t mask = first->mask;
      todo &= todo - 1;
      // A mask that names an exited lane is an error, so it never completes.
      if (mask == 0 || (mask & ~w.arrived)) continue;
      bool same = true;
      for (uint32_t m = mask; m; m &= m - 1) {
        Thread& t = threads_[index * 32 + static_cast<unsigned>(__builtin_ctz(m))];
        same &= t.mask == mask && strcmp(t.where, first->where) == 0;
      }
      if (!same) continue;
      for (uint32_t m = mask; m; m &= m - 1) {
        Thread& t = threads_[index * 32 + static_cast<unsigned>(__builtin_ctz(m))];
        t.state = State::kReady;
        w.exchanged[t.lane] = w.given[t.lane];
      }
      w.arrived &= ~mask;
      todo &= ~mask;
      any = true;
    }
    return any;
  }

  bool release_block() {
    if (!alive_ || at_barrier_ != alive_) return false;
    const char* where = nullptr;
    for (Thread& t : threads_) {
      if (t.state != State::kAtBlockBarrier) continue;
      if (where && strcmp(where, t.where) != 0) {
        current = &t;
        throw Fault(std::string("divergent barrier: threads at ") + where + " and at " + t.where + at_block());
      }
      where = t.where;
    }
    last_or = std::exchange(or_, 0);
    last_and = std::exchange(and_, 1);
    last_count = std::exchange(count_, 0);
    at_barrier_ = 0;
    for (Thread& t : threads_) {
      if (t.state == State::kAtBlockBarrier) t.state = State::kReady;
    }
    return true;
  }

  [[noreturn]] void deadlock() {
    std::string text = std::string("deadlock in ") + name_ + ":";
    int shown = 0;
    for (Thread& t : threads_) {
      if (t.state == State::kDone || ++shown > 6) continue;
      text += " thread " + std::to_string(t.linear) + " waits at " + t.where + ";";
    }
    current = &threads_[0];
    throw Fault(text + " " + std::to_string(threads_.size() - alive_) + " threads have returned" + at_block());
  }

  const char* name_ = "";
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
  std::vector<Thread> threads_;
  std::vector<unsigned> order_;
  Stacks stacks_;
  std::string pending_;
  void* host_stack_pointer_ = nullptr;
  void* host_fake_stack_ = nullptr;
  const void* host_bottom_ = nullptr;
  size_t host_size_ = 0;
  size_t dynamic_bytes_ = 0;
  unsigned alive_ = 0, at_barrier_ = 0;
  int or_ = 0, and_ = 1, count_ = 0;
};

inline Machine& machine() { return Machine::instance(); }

// Runs a kernel to its end; throws Fault. Arguments are converted to the types of the parameters once, and copied for
// each thread.
template <class... P, class... A>
void launch(const char* name, void (*kernel)(P...), dim3 grid, dim3 block, size_t dynamic_bytes, A... arguments) {
  static_assert(sizeof...(P) == sizeof...(A), "wrong number of arguments");
  struct Call {
    void (*kernel)(P...);
    std::tuple<std::remove_const_t<P>...> arguments;
  } call{kernel, {static_cast<std::remove_const_t<P>>(arguments)...}};
  std::lock_guard<std::mutex> lock(machine().mutex);
  Machine::check(name, grid, block, dynamic_bytes);
  if (machine().runner) {
    Launch other{reinterpret_cast<const void*>(kernel), grid, block, dynamic_bytes, {}};
    std::apply([&](auto&... a) { other.arguments = {{&a, sizeof a}...}; }, call.arguments);
    if (machine().runner->run(other)) return;
  }
  machine().run(name, grid, block, dynamic_bytes, [](void* p) {
    Call* c = static_cast<Call*>(p);
    std::apply(c->kernel, c->arguments);
  }, &call);
}

// ---- warp exchange

template <class T>
T shuffle(uint32_t mask, T value, unsigned source, const char* where) {
  static_assert(sizeof(T) <= 8, "shuffles move at most 8 bytes");
  Machine& m = machine();
  Thread* t = m.current;
  Warp& w = m.warps[t->warp];
  uint64_t bits = 0;
  memcpy(&bits, &value, sizeof value);
  w.given[t->lane] = bits;
  m.warp_barrier(mask, where);
  source &= 31;
  if (!(mask >> source & 1)) m.fault("shuffle from a lane outside the mask, ", where);
  memcpy(&value, &w.exchanged[source], sizeof value);
  return value;
}

inline uint32_t ballot(uint32_t mask, bool predicate, const char* where) {
  Machine& m = machine();
  Thread* t = m.current;
  Warp& w = m.warps[t->warp];
  w.given[t->lane] = predicate;
  m.warp_barrier(mask, where);
  uint32_t result = 0;
  for (unsigned lane = 0; lane < 32; ++lane) {
    if (mask >> lane & 1 && w.exchanged[lane]) result |= 1u << lane;
  }
  return result;
}

}  // namespace simt

#endif
