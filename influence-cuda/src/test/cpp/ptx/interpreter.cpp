/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "interpreter.h"

#include <cstring>
#include <filesystem>

#include "block.h"
#include "symbols.h"

namespace ptx {

Interpreter::Interpreter(const std::string& folder) {
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".ptx") continue;
    for (Entry& entry : parse(file.path().string())) entries_.push_back(std::move(entry));
  }
  // By the names that C++ gives them, as compilers write those of static functions differently.
  std::map<std::string, Entry*> by_name;
  for (Entry& entry : entries_) by_name[demangled(entry.name)] = &entry;
  for (const auto& [address, symbol] : functions_of_program()) {
    if (symbol.find("infl") == std::string::npos) continue;
    auto entry = by_name.find(demangled(symbol));
    if (entry != by_name.end()) by_address_[address] = entry->second;
  }
}

bool Interpreter::run(const simt::Launch& launch) {
  auto found = by_address_.find(launch.kernel);
  if (found == by_address_.end()) return false;
  run(*found->second, launch);
  return true;
}

Entry* Interpreter::find(const std::string& name) {
  for (Entry& entry : entries_) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

void Interpreter::run(Entry& entry, const simt::Launch& launch) {
  entry.ran = true;
  const Size grid{launch.grid.x, launch.grid.y, launch.grid.z}, threads{launch.block.x, launch.block.y, launch.block.z};
  if (threads.count() > entry.most_threads) throw Finding("more threads than the launch bounds of " + entry.name);
  memory_.start_launch(parameters(entry, launch));
  Block block(entry, memory_, grid, threads);
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) block.run({x, y, z}, launch.dynamic_bytes);
    }
  }
}

std::vector<unsigned char> Interpreter::parameters(const Entry& entry, const simt::Launch& launch) const {
  std::vector<unsigned char> bytes(entry.parameter_bytes);
  if (launch.arguments.size() != entry.parameters.size()) throw Finding("another number of arguments: " + entry.name);
  for (size_t n = 0; n < launch.arguments.size(); ++n) {
    const Parameter& p = entry.parameters[n];
    if (launch.arguments[n].bytes != p.bytes) throw Finding("argument of another size: " + p.name);
    memcpy(&bytes[p.offset], launch.arguments[n].data, p.bytes);
  }
  return bytes;
}

std::vector<std::string> Interpreter::never_run() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) {
    if (!entry.ran) names.push_back(demangled(entry.name) + " of " + entry.file);
  }
  return names;
}

// For the tests' main program, which can do without.
std::unique_ptr<simt::Runner> open(const std::string& folder) { return std::make_unique<Interpreter>(folder); }

}  // namespace ptx
