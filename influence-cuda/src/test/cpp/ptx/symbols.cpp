/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "symbols.h"

#include <cxxabi.h>
#include <elf.h>
#include <link.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <vector>

namespace ptx {

std::string demangled(const std::string& symbol) {
  int status = 0;
  std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), free);
  return status == 0 ? name.get() : symbol;
}

namespace {

// Where the program was loaded; it is the first in the list.
uintptr_t load_address() {
  uintptr_t base = 0;
  dl_iterate_phdr([](dl_phdr_info* info, size_t, void* p) {
    *static_cast<uintptr_t*>(p) = info->dlpi_addr;
    return 1;
  }, &base);
  return base;
}

template <class T>
std::vector<T> table(const std::vector<char>& file, size_t offset, size_t count) {
  if (offset > file.size() || count > (file.size() - offset) / sizeof(T)) throw std::runtime_error("not an ELF file");
  std::vector<T> all(count);
  if (count) memcpy(all.data(), file.data() + offset, count * sizeof(T));
  return all;
}

}  // namespace

std::unordered_map<const void*, std::string> functions_of_program() {
  std::ifstream in("/proc/self/exe", std::ios::binary);
  const std::vector<char> file((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const Elf64_Ehdr header = table<Elf64_Ehdr>(file, 0, 1).front();
  const std::vector<Elf64_Shdr> sections = table<Elf64_Shdr>(file, header.e_shoff, header.e_shnum);
  std::unordered_map<const void*, std::string> functions;
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_SYMTAB) continue;
    const char* names = file.data() + sections.at(section.sh_link).sh_offset;
    for (const Elf64_Sym& s : table<Elf64_Sym>(file, section.sh_offset, section.sh_size / sizeof(Elf64_Sym))) {
      if (ELF64_ST_TYPE(s.st_info) != STT_FUNC) continue;
      functions[reinterpret_cast<const void*>(load_address() + s.st_value)] = names + s.st_name;
    }
  }
  return functions;
}

}  // namespace ptx
