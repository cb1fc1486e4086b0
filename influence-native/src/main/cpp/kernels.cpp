/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * Compiled once for each instruction set (see vectors.h), each time into its own namespace. Nothing
 * here may include a header with inline functions or templates outside that namespace: the linker
 * could keep the copy with the wider instructions for everybody.
 *
 * How to test: src/test/cpp/kernels_test.cpp holds the naive twin of each kernel and runs under the
 * sanitizers; src/test/cpp/kernels_timing.cpp prints GFLOP/s.
 */
#include "kernels.h"

#include "covariance.h"
#include "elementwise.h"
#include "gemm.h"
#include "gradients.h"
#include "outer.h"
#include "rows.h"
#include "thin.h"

namespace infl {
namespace INFL_ISA {

template <class T>
constexpr Kernels table() {
  return {multiply<T>,        multiply_by_packed<T>, covariance_tile<T>, pack_examples<T>,
          square_tile<T>,     accumulate_tile<T>,    dot_tile<T>,        row_dense<T>,
          row_low_rank<T>,    pack_queries<T>,       outer_tile<T>,      magnitudes,
          convert<T>,         hadamard<T>,           thin_multiply<T>,   sum_squares<T>,
          residual_tile<T>};
}

}  // namespace INFL_ISA

const Kernels INFL_TABLE[2] = {INFL_ISA::table<float>(), INFL_ISA::table<double>()};

}  // namespace infl
