/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Runs all tests, those whose name contains the argument, or those whose name does not: kernels_test [NAME | !NAME];
// SEED=n changes the data.
#include <chrono>

#include "support.h"

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

int main(int count, char** arguments) {
  if (const char* s = getenv("SEED")) test::seed = static_cast<uint32_t>(atoi(s));
  int run = 0;
  for (const test::Case& c : test::cases()) {
    if (count > 1 && !chosen(c.name, arguments[1])) continue;
    int before = test::failures;
    auto start = std::chrono::steady_clock::now();
    c.run();
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    printf("%-44s %s %6.2f s\n", c.name, test::failures == before ? "ok    " : "FAILED", seconds);
    fflush(stdout);
    ++run;
  }
  printf("%d tests, %d checks, %d failures\n", run, test::checks, test::failures);
  return test::failures || run == 0 ? 1 : 0;
}
