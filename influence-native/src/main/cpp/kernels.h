/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * The table through which dispatch.cpp reaches the kernels of one instruction set and precision.
 * Signatures are those of influence_cpu.h without the first argument.
 */
#ifndef INFLUENCE_KERNELS_H
#define INFLUENCE_KERNELS_H

#include "influence_cpu.h"

namespace infl {

struct Kernels {
  int32_t (*multiply)(const infl_product *, int64_t, int64_t, int64_t, int64_t, void *, int64_t,
                      int32_t, void *);
  int32_t (*multiply_by_packed)(const infl_product *, const void *, int64_t, int64_t, int64_t,
                                int64_t, int64_t, void *, int64_t, void *);
  int32_t (*covariance_tile)(const infl_examples *, int64_t, int64_t, int64_t, int64_t, int64_t,
                             float *, double *, int64_t);
  int32_t (*pack_examples)(const infl_product *, const infl_examples *, int64_t, int64_t, int64_t,
                           int64_t);
  int32_t (*square_tile)(const infl_product *, const infl_examples *, int64_t, int64_t, int64_t,
                         int64_t, double *, int64_t, void *);
  int32_t (*accumulate_tile)(const infl_product *, const infl_examples *, const int32_t *, int64_t,
                             int64_t, int64_t, int64_t, void *, int64_t, int64_t, void *);
  int32_t (*dot_tile)(const infl_product *, const infl_examples *, int64_t, int64_t, int64_t,
                      int64_t, const infl_queries *, int64_t, int64_t, int32_t, double *, void *);
  int32_t (*row_dense)(const infl_matrix *, const infl_matrix *, int64_t, int64_t,
                       const infl_queries *, const void *, int64_t, int32_t, double *, int64_t,
                       void *);
  int32_t (*row_low_rank)(const infl_matrix *, const infl_matrix *, int64_t, int64_t,
                          const infl_queries *, int64_t, int64_t, int64_t, double *, int64_t,
                          void *);
  int32_t (*pack_queries)(const infl_queries *, int64_t, int64_t, int64_t, void *);
  int32_t (*outer_tile)(const infl_matrix *, const infl_matrix *, int64_t, int64_t, int64_t,
                        const void *, int64_t, int64_t, int64_t, int64_t, int64_t, double *,
                        int64_t, void *);
  void (*magnitudes)(const infl_matrix *, int64_t, int64_t, double *);
  int32_t (*convert)(const infl_matrix *, int64_t, int64_t, int64_t, void *, int64_t);
  int32_t (*hadamard)(const void *, const void *, void *, int64_t);
  int32_t (*thin_multiply)(const void *, int64_t, int64_t, int64_t, int64_t, int64_t, const void *,
                           int64_t, int64_t, void *, int64_t);
  double (*sum_squares)(const void *, int64_t);
  int32_t (*residual_tile)(const infl_product *, int64_t, int64_t, int64_t, int64_t, const void *,
                           int64_t, double *, void *);
};

/* One pair of tables (float32, float64) for each compilation of kernels.cpp. */
extern const Kernels kernels_baseline[2];
extern const Kernels kernels_avx2[2];
extern const Kernels kernels_avx512[2];

constexpr int64_t kWorkspaceBytes = int64_t(14) << 20;

}  // namespace infl
#endif
