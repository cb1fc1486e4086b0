/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Tensor cores as PTX has them: ldmatrix, mma.sync, and cp.async with the number of bytes in a register. All that
// kernels use of inline PTX; the emulator has the same functions in C++ (tensor_cores.h).
//
// Lane 4 g + t of a warp (g < 8, t < 4) holds, two 16-bit elements to a register (TF32: one):
//
// | operand | 16-bit, k = 16 | TF32, k = 8 |
// |---|---|---|
// | a, 16 x k, [n] | rows g + 8 (n % 2), k 2 t + 8 (n / 2) and the next | row g + 8 (n % 2), k t + 4 (n / 2) |
// | b, k x 8, [n] | column g, k 2 t + 8 n and the next | column g, k t + 4 n |
// | sum, 16 x 8, [n] | row g + 8 (n / 2), column 2 t + n % 2 | the same |
#ifndef INFLUENCE_MMA_CUH
#define INFLUENCE_MMA_CUH

#include "device.cuh"

namespace infl {

enum class Operands { kTf32, kBf16, kF16 };

}  // namespace infl

#ifdef INFL_EMULATOR
#include "tensor_cores.h"
#else

namespace infl {

__device__ __forceinline__ unsigned shared_address(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

// Four 8 x 8 matrices of 16-bit elements, whose 32 rows of 16 bytes lie where the lanes say, those of a matrix one after
// the other: to[n] is of matrix n, row g, elements 2 t and 2 t + 1. Rows of four 32-bit elements do as well: element t.
__device__ __forceinline__ void load_matrices(unsigned (&to)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(row))
               : "memory");
}

// The same of the transposed matrices: rows 2 t and 2 t + 1, element g.
__device__ __forceinline__ void load_transposed(unsigned (&to)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(row))
               : "memory");
}

// The host's pass sees all of it.
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
#define INFL_AMPERE 1
#else
#define INFL_AMPERE 0
#endif

#define INFL_MMA(shape, type)                                                                              \
  asm volatile("mma.sync.aligned." shape ".row.col.f32." type "." type ".f32 {%0, %1, %2, %3}, "           \
               "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"                                             \
               : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])                                    \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1))

// sum += a b. On sm_75, which has it for binary16 only, by two steps of half as many k.
template <Operands kOperands>
__device__ __forceinline__ void multiply_add(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
#if INFL_AMPERE
  if constexpr (kOperands == Operands::kTf32) {
    INFL_MMA("m16n8k8", "tf32");
  } else if constexpr (kOperands == Operands::kBf16) {
    INFL_MMA("m16n8k16", "bf16");
  } else {
    INFL_MMA("m16n8k16", "f16");
  }
#else
  static_assert(kOperands == Operands::kF16, "sm_75");
  const unsigned b[2] = {b0, b1};
#pragma unroll
  for (int n = 0; n < 2; ++n) {
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
                 : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                 : "r"(a[2 * n]), "r"(a[2 * n + 1]), "r"(b[n]));
  }
#endif
}
#undef INFL_MMA

// ---- sm_80 and newer

// To the nearest TF32, ties away from 0; the lowest 13 bits are anything, and tensor cores ignore them.
__device__ __forceinline__ unsigned tf32(float x) {
  unsigned bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return bits;
}

// Starts a copy of 16 bytes to shared memory, past the L1 cache; those from `bytes` on become 0 and are not read.
__device__ __forceinline__ void copy_async(void* to, const void* from, int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)),
      "l"(__cvta_generic_to_global(from)), "r"(bytes)
      : "memory");
}
__device__ __forceinline__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int kNewestLeft>
__device__ __forceinline__ void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kNewestLeft) : "memory");
}

}  // namespace infl

#endif
#endif
