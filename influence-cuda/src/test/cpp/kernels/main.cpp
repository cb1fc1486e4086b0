/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Runs all tests, those whose name contains the argument, or those whose name does not, on the emulator or on PTX:
// kernels_test [--ptx FOLDER] [NAME | !NAME]. SEED=n changes the data.
#include <chrono>
#include <memory>

#include "support.h"

namespace ptx {

// All files NAME.ptx of a folder; null unless the interpreter is linked in.
std::unique_ptr<simt::Runner> __attribute__((weak)) open(const std::string& folder);

}  // namespace ptx

namespace test {

uint32_t seed = 1;
int checks = 0;
static int failures = 0;

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

void fail(const char* file, int line, const std::string& what) {
  if (++failures <= 10) printf("%s:%d: failed (seed %u): %s\n", file, line, seed, what.c_str());
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    size += b[i] * b[i];
  }
  double result = size > 0 ? std::sqrt(difference / size) : std::sqrt(difference);
  return a.size() == b.size() && result == result ? result : HUGE_VAL;
}

}  // namespace test

static bool chosen(const std::string& name, const char* wanted) {
  bool without = *wanted == '!';
  return (name.find(wanted + without) == std::string::npos) == without;
}

// Tests of the emulator and of the interpreter themselves are the same whatever runs the kernels.
static bool of_kernels(const std::string& name) { return name.rfind("simt_", 0) != 0 && name.rfind("ptx_", 0) != 0; }

// All tests together have to launch every kernel; but one, which the library only asks for its attributes.
static void check_all_ran(const simt::Runner& interpreter) {
  for (const std::string& entry : interpreter.never_run()) {
    if (entry != "infl::nothing() of library.cu.ptx") test::fail(__FILE__, __LINE__, "never ran: " + entry);
  }
}

int main(int count, char** arguments) {
  if (const char* s = getenv("SEED")) test::seed = static_cast<uint32_t>(atoi(s));
  std::unique_ptr<simt::Runner> interpreter;
  if (count > 2 && std::string(arguments[1]) == "--ptx") {
    if (!ptx::open) {
      printf("Built without the interpreter of PTX; build with the profile checks.\n");
      return 1;
    }
    try {
      interpreter = ptx::open(arguments[2]);
    } catch (const std::exception& e) {
      printf("%s\n", e.what());
      return 1;
    }
    simt::machine().runner = interpreter.get();
    count -= 2;
    arguments += 2;
  }
  const char* wanted = count > 1 ? arguments[1] : "";
  int run = 0;
  for (const test::Case& c : test::cases()) {
    if (!chosen(c.name, wanted) || (interpreter && !of_kernels(c.name))) continue;
    int before = test::failures;
    auto start = std::chrono::steady_clock::now();
    c.run();
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    printf("%-44s %s %6.2f s\n", c.name, test::failures == before ? "ok    " : "FAILED", seconds);
    fflush(stdout);
    ++run;
  }
  if (interpreter && !*wanted) check_all_ran(*interpreter);
  printf("%d tests, %d checks, %d failures%s\n", run, test::checks, test::failures, interpreter ? " on PTX" : "");
  return test::failures || run == 0 ? 1 : 0;
}
