/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * What differs between the instruction sets: vector width, register tile, name of the namespace.
 * Included only by kernels.cpp, which is compiled once for each of them.
 *
 * Register tile: kRows x (kVectors vectors). AVX-512 has 32 registers (24 sums + 2 of B, A broadcast
 * from memory), AVX2 and SSE2 have 16 (12 sums + 2 of B + 1 of A). Where both sides are packed alike,
 * in panels as wide as the tile, it has kBlockRows rows. With AVX-512 and SSE2 these divide a panel: 8 x 2
 * or 4 x 2 sums. Eight just hide the latency of two multiply-adds a cycle, and SSE2, which has none, gains
 * nothing by more, but AVX2 does: there they are 6, copied out of the panels (gemm.h, Lines). Dots of
 * kDotExamples gradients with kDotQueries queries at a time: with more examples the queries, which lie in
 * the second-level cache, are read less often.
 */
#ifndef INFLUENCE_VECTORS_H
#define INFLUENCE_VECTORS_H

#include <stdint.h>
#include <string.h>

/* INFL_ISA, the name of the instruction set, comes from the compiler's command line. */
#define INFL_JOIN(a, b) a##b
#define INFL_TABLE_OF(isa) INFL_JOIN(kernels_, isa)
#define INFL_TABLE INFL_TABLE_OF(INFL_ISA)

#define INFL_INLINE static inline __attribute__((always_inline))

namespace infl {
namespace INFL_ISA {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64, kRows = 12, kBlockRows = 8, kDotExamples = 4, kDotQueries = 4;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32, kRows = 6, kBlockRows = 6, kDotExamples = 4, kDotQueries = 2;
#else
constexpr int kVectorBytes = 16, kRows = 6, kBlockRows = 4, kDotExamples = 2, kDotQueries = 4;
#endif
constexpr int kVectors = 2;

/* A vector register of T, and the same for memory that is aligned to T only. */
template <class T>
struct Simd {
  static constexpr int kLanes = kVectorBytes / int(sizeof(T));
  static constexpr int kColumns = kVectors * kLanes; /* of the register tile */
  static constexpr int kTile = kRows * kColumns;     /* elements of the register tile */
  static constexpr int kBlock = kBlockRows * kColumns;
  typedef T Vector __attribute__((vector_size(kVectorBytes)));
  typedef T Loose __attribute__((vector_size(kVectorBytes), aligned(sizeof(T)), may_alias));
};

/* x's lanes in double, the upper half added to the lower one. */
#if defined(__AVX512F__)
#define INFL_LOWER_LANES 0, 1, 2, 3, 4, 5, 6, 7
#define INFL_UPPER_LANES 8, 9, 10, 11, 12, 13, 14, 15
#elif defined(__AVX2__)
#define INFL_LOWER_LANES 0, 1, 2, 3
#define INFL_UPPER_LANES 4, 5, 6, 7
#else
#define INFL_LOWER_LANES 0, 1
#define INFL_UPPER_LANES 2, 3
#endif
INFL_INLINE Simd<double>::Vector widen_halves(Simd<float>::Vector x) {
  typedef Simd<double>::Vector Wide;
  return __builtin_convertvector(__builtin_shufflevector(x, x, INFL_LOWER_LANES), Wide) +
         __builtin_convertvector(__builtin_shufflevector(x, x, INFL_UPPER_LANES), Wide);
}
INFL_INLINE Simd<double>::Vector widen_halves(Simd<double>::Vector x) { return x; }

/* N elements of D; D is a parameter because GCC wants a dependent element type for dependent sizes. */
template <class D, int N>
struct Lanes {
  typedef D Vector __attribute__((vector_size(N * sizeof(D)), aligned(64)));
  typedef D Loose __attribute__((vector_size(N * sizeof(D)), aligned(sizeof(D)), may_alias));
};

/* Rows of k packed at a time: an A panel stays in the first-level cache. */
template <class T>
constexpr int64_t depth() {
  return sizeof(T) == 4 ? 384 : 256;
}

INFL_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
INFL_INLINE int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

}  // namespace INFL_ISA
}  // namespace infl
#endif
