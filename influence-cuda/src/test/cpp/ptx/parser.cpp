/*
 * SPDX-License-Identifier: Apache-2.0
 */
// PTX text to entries: registers become offsets, labels indices, shared variables and parameters addresses.
#include <cstring>
#include <fstream>
#include <sstream>

#include "instructions.h"

namespace ptx {

namespace {

constexpr unsigned kGap = 64;  // bytes between shared variables

std::string trimmed(const std::string& s) {
  size_t first = s.find_first_not_of(" \t\n\r");
  return first == std::string::npos ? "" : s.substr(first, s.find_last_not_of(" \t\n\r") - first + 1);
}

std::vector<std::string> words(const std::string& s) {
  std::istringstream in(s);
  std::vector<std::string> all;
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

// The number in brackets behind a name: "sums[2048]"; 0 for "sums[]" and "sums".
unsigned count_of(const std::string& s) {
  size_t at = s.find('[');
  return at == std::string::npos ? 0 : static_cast<unsigned>(strtoul(s.c_str() + at + 1, nullptr, 10));
}
std::string name_of(const std::string& s) { return s.substr(0, s.find_first_of("[<,;")); }

unsigned rounded_up(unsigned x, unsigned to) { return (x + to - 1) / to * to; }

// The characters of a file without comments.
class Text {
 public:
  explicit Text(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw Unknown("no file " + path);
    for (std::string line; std::getline(in, line);) text_ += line.substr(0, line.find("//")) + '\n';
  }
  bool at_end() {
    while (at_ < text_.size() && isspace(text_[at_])) next();
    return at_ == text_.size();
  }
  char peek() { return at_end() ? '\0' : text_[at_]; }
  char next() {
    line_ += text_[at_] == '\n';
    return text_[at_++];
  }
  // Up to one of these characters, which is taken too and returned in `end`.
  std::string until(const char* ends, char* end = nullptr) {
    std::string s;
    for (at_end(); at_ < text_.size();) {
      char c = next();
      if (strchr(ends, c)) {
        if (end) *end = c;
        break;
      }
      s += c;
    }
    return trimmed(s);
  }
  // The next statement is a label if a colon ends its first word.
  bool at_label() {
    at_end();
    size_t end = text_.find_first_of(" \t\n;:{", at_);
    return end != std::string::npos && text_[end] == ':';
  }
  int line() const { return line_; }

 private:
  std::string text_;
  size_t at_ = 0;
  int line_ = 1;
};

class EntryParser {
 public:
  EntryParser(Text& text, Entry& entry) : text_(text), entry_(entry) {}

  void parse() {
    header();
    body();
    for (const auto& [instruction, label] : branches_) {
      auto at = labels_.find(label);
      if (at == labels_.end()) throw Unknown("no label " + label + " in " + entry_.name);
      entry_.code[instruction].target = at->second;
    }
  }

 private:
  // name(.param ..., .param ...) .maxntid 256, 1, 1 ... {
  void header() {
    entry_.name = text_.until("(");
    for (const std::string& declaration : split(text_.until(")"))) {
      // .param .align 8 .b8 name[64], or .param .u64 .ptr .align 1 name
      std::vector<std::string> all = words(declaration);
      unsigned count = count_of(all.back()), size = type_of(all[all[1] == ".align" ? 3 : 1].substr(1)).bytes;
      entry_.parameter_bytes = rounded_up(entry_.parameter_bytes, 16);
      entry_.parameters.push_back({name_of(all.back()), entry_.parameter_bytes, size * std::max(count, 1u)});
      entry_.parameter_bytes += entry_.parameters.back().bytes;
    }
    std::vector<std::string> attributes = words(text_.until("{"));
    for (size_t i = 0; i + 1 < attributes.size(); ++i) {
      if (attributes[i] == ".maxntid") entry_.most_threads = static_cast<unsigned>(std::stoul(attributes[i + 1]));
    }
  }

  void body() {
    scopes_.emplace_back();
    while (!scopes_.empty()) {
      if (text_.at_end()) throw Unknown(entry_.name + " does not end");
      if (text_.peek() == '{') {
        text_.next();
        scopes_.emplace_back();
      } else if (text_.peek() == '}') {
        text_.next();
        scopes_.pop_back();
      } else if (text_.at_label()) {
        labels_[text_.until(":")] = static_cast<uint32_t>(entry_.code.size());
      } else {
        text_.at_end();
        int line = text_.line();
        statement(text_.until(";"), line);
      }
    }
  }

  void statement(const std::string& s, int line) {
    if (s.empty()) return;
    if (s[0] == '.') {
      directive(s);
    } else {
      instruction(s, line);
    }
  }

  void directive(const std::string& s) {
    std::vector<std::string> all = words(s);
    if (all[0] == ".reg") {  // .reg .b32 %r<270>, or within a scope .reg .b32 %temp
      std::string name = name_of(all[2]);
      Type type = type_of(all[1].substr(1));
      if (all[2].find('<') != std::string::npos) {
        families_[name] = type;
      } else {
        scopes_.back()[name] = new_register(type);
      }
    } else if (all[0] == ".shared") {  // .shared .align 8 .b8 name[2048]
      unsigned alignment = static_cast<unsigned>(std::stoul(all[2]));
      unsigned begin = rounded_up(static_cast<unsigned>(entry_.shared.size()), alignment);
      unsigned size = type_of(all[3].substr(1)).bytes * std::max(count_of(all[4]), 1u);
      symbols_[name_of(all[4])] = begin;
      entry_.shared.resize(begin, false);
      entry_.shared.resize(begin + size, true);
      entry_.shared.resize(rounded_up(begin + size, 16) + kGap, false);
    } else if (all[0] == ".pragma") {
      if (all[1] == "\"used_bytes_mask") used_bytes_ = static_cast<uint32_t>(std::stoul(all[2], nullptr, 0));
    } else {
      throw Unknown("directive " + s);
    }
  }

  void instruction(std::string s, int line) {
    Instruction i;
    i.line = line;
    i.text = s;
    i.used_bytes = used_bytes_;
    used_bytes_ = ~0u;
    if (s[0] == '@') {
      i.guarded = true;
      i.negated = s[1] == '!';
      size_t end = s.find_first_of(" \t");
      i.guard = operand(s.substr(1 + i.negated, end - 1 - i.negated));
      s = trimmed(s.substr(end));
    }
    size_t end = std::min(s.find_first_of(" \t"), s.size());
    Mnemonic name(s.substr(0, end));
    std::vector<std::string> operands = split(s.substr(end));
    if (name.base() == "bra") {
      branches_.push_back({entry_.code.size(), operands[0]});
      operands.clear();
    }
    for (size_t n = 0; n < operands.size(); ++n) {
      bool written = n == 0 && operands[0][0] != '[' && writes(name);
      for (const std::string& part : split(without_braces(operands[n]), ",|")) {
        (written ? i.to : i.from).push_back(operand(part));
      }
    }
    if (!is_control(name, i) && !is_memory(name, i) && !is_selection(name, i) && !is_conversion(name, i) &&
        !is_async_copy(name, i) && !is_exchange(name, i) && !is_tensor(name, i) && !is_arithmetic(name, i)) {
      throw Unknown("instruction " + s + ", " + entry_.file + ":" + std::to_string(line));
    }
    entry_.code.push_back(std::move(i));
  }

  // Whether the first operand is written; those that write to memory have an address first.
  static bool writes(const Mnemonic& name) {
    return !(name.base() == "bar" && !name.has("red")) && !(name.base() == "cp");
  }

  static std::string without_braces(const std::string& s) { return s[0] == '{' ? s.substr(1, s.size() - 2) : s; }

  // At separators that are in no brackets.
  static std::vector<std::string> split(const std::string& s, const char* separators = ",") {
    std::vector<std::string> parts(1);
    int depth = 0;
    for (char c : s) {
      depth += (c == '{' || c == '[') - (c == '}' || c == ']');
      if (depth == 0 && strchr(separators, c)) {
        parts.emplace_back();
      } else {
        parts.back() += c;
      }
    }
    for (std::string& part : parts) part = trimmed(part);
    if (parts.back().empty()) parts.pop_back();
    return parts;
  }

  // A register, a special one, a number, a variable's address, or one of them in brackets with a displacement.
  Operand operand(const std::string& s) {
    if (s[0] == '[') {
      std::string inside = s.substr(1, s.size() - 2);
      size_t plus = inside.find('+');
      Operand address = operand(trimmed(inside.substr(0, plus)));
      if (plus != std::string::npos) address.displacement = strtoll(inside.c_str() + plus + 1, nullptr, 0);
      return address;
    }
    if (s[0] == '%') return special(s) ? *special(s) : known_register(s);
    Operand constant;
    if (isdigit(s[0]) || s[0] == '-') {
      bool bits = s.size() > 2 && s[0] == '0' && (s[1] == 'f' || s[1] == 'd');  // a float's or double's
      constant.value = bits ? strtoull(s.c_str() + 2, nullptr, 16)
                            : s[0] == '-' ? static_cast<uint64_t>(strtoll(s.c_str(), nullptr, 0))
                                          : strtoull(s.c_str(), nullptr, 0);
      return constant;
    }
    for (const Parameter& p : entry_.parameters) {
      if (p.name == s) {
        constant.value = p.offset;
        return constant;
      }
    }
    // What is not declared here is the dynamic shared memory, behind everything else.
    auto symbol = symbols_.find(s);
    constant.value = symbol != symbols_.end() ? symbol->second : entry_.shared.size();
    return constant;
  }

  const Operand* special(const std::string& s) {
    static const std::map<std::string, Operand::Special> kNames = {
        {"%tid", Operand::kThread}, {"%ntid", Operand::kThreads}, {"%ctaid", Operand::kBlock},
        {"%nctaid", Operand::kBlocks}};
    size_t dot = s.find('.');
    auto name = kNames.find(s.substr(0, dot));
    if (dot == std::string::npos || name == kNames.end()) return nullptr;
    special_.place = Operand::kSpecial;
    special_.value = name->second * 3u + static_cast<unsigned>(s[dot + 1] - 'x');
    return &special_;
  }

  Operand known_register(const std::string& s) {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (auto found = scope->find(s); found != scope->end()) return found->second;
    }
    std::string family = s.substr(0, s.find_last_not_of("0123456789") + 1);
    auto type = families_.find(family);
    if (type == families_.end()) throw Unknown("register " + s + " in " + entry_.name);
    return scopes_.front()[s] = new_register(type->second);
  }

  Operand new_register(Type type) {
    Operand o;
    o.bytes = type.bytes;
    if (type.kind == 'p') {
      o.place = Operand::kPredicate;
      o.value = entry_.predicates++;
    } else {
      o.place = Operand::kRegister;
      o.value = entry_.register_bytes;
      entry_.register_bytes += type.bytes * kLanes;
    }
    return o;
  }

  Text& text_;
  Entry& entry_;
  std::vector<std::map<std::string, Operand>> scopes_;  // registers by name, innermost last
  std::map<std::string, Type> families_;                // those declared by the dozen: %r<270>
  std::map<std::string, uint64_t> symbols_;
  std::map<std::string, uint32_t> labels_;
  std::vector<std::pair<size_t, std::string>> branches_;
  Operand special_;
  uint32_t used_bytes_ = ~0u;
};

}  // namespace

Mnemonic::Mnemonic(const std::string& text) {
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, '.');) parts.push_back(part);
}

Type Mnemonic::type(size_t from_the_end) const { return type_of(parts[parts.size() - 1 - from_the_end]); }

Space Mnemonic::space() const {
  return has("shared") ? Space::kShared : has("global") ? Space::kGlobal : has("param") ? Space::kParameter
                                                                                        : Space::kGeneric;
}

Type type_of(const std::string& name) {
  if (name == "pred") return {'p', 0};
  if (name == "bf16") return {'f', 2};
  return {name[0], static_cast<unsigned>(strtoul(name.c_str() + 1, nullptr, 10)) / 8};
}

std::vector<Entry> parse(const std::string& path) {
  std::vector<Entry> entries;
  for (Text text(path); !text.at_end();) {
    char end = 0;
    std::string before = text.until(" \t\n;", &end);
    if (before == ".entry") {
      entries.emplace_back();
      entries.back().file = path.substr(path.rfind('/') + 1);
      EntryParser(text, entries.back()).parse();
    }
  }
  return entries;
}

}  // namespace ptx
