/*
 * SPDX-License-Identifier: Apache-2.0
 */
// How instructions are given their meaning: each family of them looks whether an instruction is one of its own.
#ifndef PTX_INSTRUCTIONS_H
#define PTX_INSTRUCTIONS_H

#include <algorithm>
#include <string>
#include <vector>

#include "program.h"

namespace ptx {

// An instruction's name in its parts: "ld.global.v2.f64" is "ld", "global", "v2", "f64".
struct Mnemonic {
  explicit Mnemonic(const std::string& text);

  const std::string& base() const { return parts.front(); }
  bool has(const char* part) const { return std::find(parts.begin() + 1, parts.end(), part) != parts.end(); }
  Type type(size_t from_the_end = 0) const;
  Space space() const;

  std::vector<std::string> parts;
};

Type type_of(const std::string& name);

// Give an instruction its kind and what it executes, and return true if it is one of theirs.
bool is_arithmetic(const Mnemonic& name, Instruction& i);
bool is_conversion(const Mnemonic& name, Instruction& i);
bool is_selection(const Mnemonic& name, Instruction& i);
bool is_memory(const Mnemonic& name, Instruction& i);
bool is_async_copy(const Mnemonic& name, Instruction& i);
bool is_control(const Mnemonic& name, Instruction& i);
bool is_exchange(const Mnemonic& name, Instruction& i);
bool is_tensor(const Mnemonic& name, Instruction& i);

}  // namespace ptx

#endif
