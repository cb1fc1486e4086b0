/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Parsed PTX: what the parser makes and the machine runs.
#ifndef PTX_PROGRAM_H
#define PTX_PROGRAM_H

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace ptx {

class Warp;

using Mask = uint32_t;  // one bit a lane
constexpr unsigned kLanes = 32;
constexpr Mask kAllLanes = 0xffffffffu;

// A bug in a kernel, found while it ran.
struct Finding : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// PTX that this interpreter does not know; how to teach it stands in README.md.
struct Unknown : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// As in PTX: b(its), u(nsigned), s(igned), f(loat), p(redicate); bf16 and tf32 are told by name where they matter.
struct Type {
  char kind = 'b';
  unsigned bytes = 0;  // 0 for predicates
};

enum class Space : uint8_t { kGeneric, kGlobal, kShared, kParameter };

// Where an instruction finds a value.
struct Operand {
  enum Place : uint8_t { kConstant, kRegister, kPredicate, kSpecial };
  // The special registers, each in x, y and z.
  enum Special : uint8_t { kThread, kThreads, kBlock, kBlocks };

  Place place = kConstant;
  unsigned bytes = 0;         // width of a register
  uint64_t value = 0;         // a constant's bits; a register's offset; a predicate's or special register's number
  int64_t displacement = 0;   // of an address
};

struct Instruction {
  enum Kind : uint8_t {
    kPlain,     // acts on each lane by itself
    kBranch,
    kExit,
    kExchange,  // waits until all lanes of its mask are there
    kBarrier,   // waits until all threads of the block are there
  };
  // What a barrier makes of its threads' predicates.
  enum Reduction : uint8_t { kNone, kAnd, kOr };

  Kind kind = kPlain;
  Reduction reduction = kNone;
  bool guarded = false, negated = false;
  Operand guard;              // a predicate
  std::vector<Operand> to, from;
  Operand members;            // mask of an exchange
  uint32_t target = 0;        // of a branch, an index into the code
  uint32_t used_bytes = ~0u;  // of a load, as nvcc says which it uses: one bit a byte
  // Called with the lanes that execute it; an exchange once for all its lanes.
  std::function<void(Warp&, const Instruction&, Mask)> execute;
  std::string text;
  int line = 0;
};

struct Parameter {
  std::string name;
  unsigned offset, bytes;
};

// A kernel.
struct Entry {
  std::string name, file;  // the name as a C++ compiler writes it
  std::vector<Parameter> parameters;
  unsigned parameter_bytes = 0;
  unsigned most_threads = 1024;
  std::vector<Instruction> code;
  unsigned register_bytes = 0;  // of a warp
  unsigned predicates = 0;
  // Which bytes of shared memory belong to a variable; between variables there are gaps. Dynamic shared memory comes
  // behind.
  std::vector<bool> shared;
  bool ran = false;
};

// Reads a file of PTX; throws Unknown.
std::vector<Entry> parse(const std::string& path);

}  // namespace ptx

#endif
