/*
 * SPDX-License-Identifier: Apache-2.0
 */
// What mma.cuh has in PTX, over the emulator: the layouts are those of the PTX ISA, all lanes of a warp must take part,
// and rows that ldmatrix finds in the same banks are a fault. Products of a step are summed in double, one by one.
#ifndef SIMT_TENSOR_CORES_H
#define SIMT_TENSOR_CORES_H

#include <type_traits>

namespace simt {

// The addresses that all lanes bring; faults if eight rows of 16 bytes do not lie in eight different groups of banks.
inline const uint16_t* const* rows_of_matrices(const void* row) {
  Machine& m = machine();
  Thread* t = m.current;
  Warp& w = m.warps[t->warp];
  if (reinterpret_cast<uintptr_t>(row) % 16) m.fault("ldmatrix row not aligned to 16 bytes");
  w.given[t->lane] = reinterpret_cast<uint64_t>(row);
  m.warp_barrier(0xffffffffu, "ldmatrix");
  const unsigned first = t->lane / 8 * 8;
  unsigned groups = 0;
  for (unsigned r = first; r < first + 8; ++r) groups |= 1u << w.exchanged[r] / 16 % 8;
  if (groups != 0xff) m.fault("bank conflict of ldmatrix");
  static_assert(sizeof(uint64_t) == sizeof(const uint16_t*));
  return reinterpret_cast<const uint16_t* const*>(w.exchanged);
}

inline float number(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

}  // namespace simt

namespace infl {

inline void load_matrices(unsigned (&to)[4], const void* row) {
  const uint16_t* const* rows = simt::rows_of_matrices(row);
  const unsigned lane = simt::machine().current->lane, g = lane / 4, t = lane % 4;
  for (unsigned n = 0; n < 4; ++n) memcpy(&to[n], rows[8 * n + g] + 2 * t, 4);
}

inline void load_transposed(unsigned (&to)[4], const void* row) {
  const uint16_t* const* rows = simt::rows_of_matrices(row);
  const unsigned lane = simt::machine().current->lane, g = lane / 4, t = lane % 4;
  for (unsigned n = 0; n < 4; ++n) {
    to[n] = rows[8 * n + 2 * t][g] | static_cast<unsigned>(rows[8 * n + 2 * t + 1][g]) << 16;
  }
}

// Operands go through the warp's memory, a by rows and b by columns.
template <Operands kOperands>
void multiply_add(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  constexpr unsigned kWords = 8;  // of 32 bits in a row of a
  constexpr unsigned kPerWord = kOperands == Operands::kTf32 ? 1 : 2, kDepth = kWords * kPerWord;
  simt::Thread& thread = *simt::machine().current;
  simt::Warp& warp = simt::machine().warps[thread.warp];
  const unsigned g = thread.lane / 4, t = thread.lane % 4, turn = thread.products++ % 2;
  auto lay_out = [](float* to, unsigned bits) {
    if constexpr (kOperands == Operands::kTf32) {
      to[0] = simt::number(bits & 0xffffe000u);  // the hardware ignores the low bits
    } else {
      for (unsigned n = 0; n < 2; ++n) {
        const uint16_t half = static_cast<uint16_t>(bits >> 16 * n);
        to[n] = kOperands == Operands::kBf16 ? __bfloat162float({half}) : __half2float({half});
      }
    }
  };
  float *left = warp.left[turn], *right = warp.right[turn];
  for (unsigned n = 0; n < 4; ++n) lay_out(left + (g + 8 * (n % 2)) * kDepth + (t + 4 * (n / 2)) * kPerWord, a[n]);
  lay_out(right + g * kDepth + t * kPerWord, b0);
  lay_out(right + g * kDepth + (t + 4) * kPerWord, b1);
  simt::machine().warp_barrier(0xffffffffu, "mma.sync");
  for (unsigned n = 0; n < 4; ++n) {
    const unsigned row = g + 8 * (n / 2), column = 2 * t + n % 2;
    // Hardware adds the products of a step in a wider format, so steps cut elsewhere round elsewhere.
    double x = static_cast<double>(sum[n]);
    for (unsigned k = 0; k < kDepth; ++k) {
      x += static_cast<double>(left[row * kDepth + k]) * static_cast<double>(right[column * kDepth + k]);
    }
    sum[n] = static_cast<float>(x);
  }
}

// The lowest bits are left as they come: kernels must not rely on them.
inline unsigned tf32(float x) {
  if (std::isnan(x)) return 0x7fffffffu;
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return std::isinf(x) ? bits : bits + 0x1000u;
}

inline void copy_async(void* to, const void* from, int bytes) {
  simt::machine().async_copy(to, from, 16, 16 - static_cast<size_t>(bytes));
}
inline void commit_copies() { simt::machine().async_commit(); }
template <int kNewestLeft>
void wait_for_copies() {
  simt::machine().async_wait(kNewestLeft);
}

}  // namespace infl

#endif
