/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Runs nvcc's PTX in place of the emulator: the same launches, the same memory, the same tests. See README.md.
#ifndef PTX_INTERPRETER_H
#define PTX_INTERPRETER_H

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "memory.h"
#include "program.h"
#include "simt/simt.h"

namespace ptx {

class Interpreter : public simt::Runner {
 public:
  // Reads all files NAME.ptx of a folder; throws Unknown.
  explicit Interpreter(const std::string& folder);

  // Runs a launch if there is PTX of its kernel; throws a Finding.
  bool run(const simt::Launch& launch) override;

  // A kernel by the name it has in PTX; null if there is none.
  Entry* find(const std::string& name);
  void run(Entry& entry, const simt::Launch& launch);

  std::vector<std::string> never_run() const override;

 private:
  std::vector<unsigned char> parameters(const Entry& entry, const simt::Launch& launch) const;

  std::vector<Entry> entries_;
  std::unordered_map<const void*, Entry*> by_address_;
  Memory memory_;
};

}  // namespace ptx

#endif
