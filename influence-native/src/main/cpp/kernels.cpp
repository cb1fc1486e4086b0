/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Compiled once for each instruction set (see vectors.h), each time into its own namespace. Nothing
 * here may include a header with inline functions or templates outside that namespace: the linker
 * could keep the copy with the wider instructions for everybody.
 *
 * How to test: src/test/cpp/kernels_test.cpp holds the naive twin of each kernel and runs under the
 * sanitizers; src/test/cpp/timing/kernels_timing.cpp prints GFLOP/s.
 */
#include "kernels.h"

#include "covariance.h"
#include "elementwise.h"
#include "gemm.h"
#include "gradients.h"
#include "outer.h"
#include "rows.h"
#include "thin.h"
#include "unfold.h"

namespace infl {
namespace INFL_ISA {

template <class T>
constexpr Kernels table() {
#define INFL_KERNEL(name, arguments, ...) name<T>,
  return {
#include "kernel_list.h"
  };
#undef INFL_KERNEL
}

}  // namespace INFL_ISA

const Kernels INFL_TABLE[2] = {INFL_ISA::table<float>(), INFL_ISA::table<double>()};

}  // namespace infl
