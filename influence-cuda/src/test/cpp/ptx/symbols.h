/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Names of functions of this program, by which a kernel's address leads to its PTX.
#ifndef PTX_SYMBOLS_H
#define PTX_SYMBOLS_H

#include <string>
#include <unordered_map>

namespace ptx {

// As C++ writes it, parameters included.
std::string demangled(const std::string& symbol);

// All functions of this program by address, static ones too.
std::unordered_map<const void*, std::string> functions_of_program();

}  // namespace ptx

#endif
