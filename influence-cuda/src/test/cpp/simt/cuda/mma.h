/*
 * SPDX-License-Identifier: Apache-2.0
 */
// nvcuda::wmma: each lane holds one of 32 consecutive elements of a tile in row-major order, differently for each of
// the tiles; as in CUDA, kernels must not rely on which. If every lane had those that it wrote to shared memory, a
// missing __syncwarp would not show. All lanes of a warp must take part. Products are summed in double, one by one.
#ifndef SIMT_MMA_H
#define SIMT_MMA_H

#include <type_traits>

#include "cuda_bf16.h"
#include "cuda_fp16.h"
#include "cuda_runtime.h"

namespace nvcuda {
namespace wmma {

struct matrix_a;
struct matrix_b;
struct accumulator;
struct row_major;
struct col_major;
enum layout_t { mem_row_major, mem_col_major };
namespace precision {
struct tf32;
}

namespace detail {
inline float widen(float x) { return x; }
inline float widen(__half x) { return __half2float(x); }
inline float widen(__nv_bfloat16 x) { return __bfloat162float(x); }
// What the tensor core makes of a float that was not rounded by __float_to_tf32: it ignores the low bits.
inline float truncate_tf32(float x) {
  uint32_t u;
  memcpy(&u, &x, sizeof u);
  u &= 0xffffe000u;
  memcpy(&x, &u, sizeof u);
  return x;
}
// The element of the tile that is the nth of this lane.
template <class Use>
unsigned element_of(int n) {
  constexpr int mixer = std::is_same_v<Use, matrix_a> ? 5 : std::is_same_v<Use, matrix_b> ? 18 : 27;
  return static_cast<unsigned>(n) * 32 + (simt::machine().current->lane ^ static_cast<unsigned>((mixer + n) % 32));
}
template <class T>
inline void check_pointer(const T* p, unsigned ld) {
  if (reinterpret_cast<uintptr_t>(p) % 32) simt::machine().fault("wmma pointer not aligned to 32 bytes");
  if (ld * sizeof(T) % 16) simt::machine().fault("wmma leading dimension not a multiple of 16 bytes");
}
}  // namespace detail

template <class Use, int M, int N, int K, class T, class Layout = void>
struct fragment {
  static constexpr int kRows = std::is_same_v<Use, matrix_b> ? K : M;
  static constexpr int kColumns = std::is_same_v<Use, matrix_a> ? K : N;
  static constexpr int num_elements = kRows * kColumns / 32;
  using element = std::conditional_t<std::is_same_v<T, precision::tf32>, float, T>;
  element x[num_elements];
};

template <class F, class V>
void fill_fragment(F& f, V value) {
  for (auto& e : f.x) e = value;
}

template <class Use, int M, int N, int K, class T, class Layout>
void load_matrix_sync(fragment<Use, M, N, K, T, Layout>& f,
    const typename fragment<Use, M, N, K, T, Layout>::element* p, unsigned ld) {
  detail::check_pointer(p, ld);
  simt::machine().warp_barrier(0xffffffffu, "load_matrix_sync");
  for (int n = 0; n < f.num_elements; ++n) {
    unsigned e = detail::element_of<Use>(n), r = e / f.kColumns, c = e % f.kColumns;
    f.x[n] = std::is_same_v<Layout, col_major> ? p[c * ld + r] : p[r * ld + c];
  }
}

template <int M, int N, int K>
void load_matrix_sync(fragment<accumulator, M, N, K, float>& f, const float* p, unsigned ld, layout_t layout) {
  detail::check_pointer(p, ld);
  simt::machine().warp_barrier(0xffffffffu, "load_matrix_sync");
  for (int n = 0; n < f.num_elements; ++n) {
    unsigned e = detail::element_of<accumulator>(n), r = e / N, c = e % N;
    f.x[n] = p[layout == mem_row_major ? r * ld + c : c * ld + r];
  }
}

inline float __float_to_tf32(float x) {
  if (std::isnan(x)) return NAN;
  uint32_t u;
  memcpy(&u, &x, sizeof u);
  u += 0x1000u;  // round to nearest, ties away
  memcpy(&x, &u, sizeof u);
  return detail::truncate_tf32(x);
}

template <int M, int N, int K, class T, class LayoutA, class LayoutB>
void mma_sync(fragment<accumulator, M, N, K, float>& d, const fragment<matrix_a, M, N, K, T, LayoutA>& a,
    const fragment<matrix_b, M, N, K, T, LayoutB>& b, const fragment<accumulator, M, N, K, float>& c) {
  constexpr bool tf32 = std::is_same_v<T, precision::tf32>;
  simt::Warp& warp = simt::machine().warps[simt::machine().current->warp];
  auto lay_out = [](float* to, auto use, const auto& f) {
    for (int n = 0; n < f.num_elements; ++n) {
      float x = detail::widen(f.x[n]);
      to[detail::element_of<std::remove_pointer_t<decltype(use)>>(n)] = tf32 ? detail::truncate_tf32(x) : x;
    }
  };
  lay_out(warp.left, static_cast<matrix_a*>(nullptr), a);
  lay_out(warp.right, static_cast<matrix_b*>(nullptr), b);
  simt::machine().warp_barrier(0xffffffffu, "mma_sync");
  for (int n = 0; n < d.num_elements; ++n) {
    unsigned e = detail::element_of<accumulator>(n), i = e / N, j = e % N;
    // Hardware adds the K products of a step in a wider format, so steps cut elsewhere round elsewhere.
    double sum = c.x[n];
    for (unsigned k = 0; k < K; ++k) sum += static_cast<double>(warp.left[i * K + k]) * warp.right[k * N + j];
    d.x[n] = static_cast<float>(sum);
  }
  simt::machine().warp_barrier(0xffffffffu, "mma_sync");
}

template <int M, int N, int K>
void store_matrix_sync(float* p, const fragment<accumulator, M, N, K, float>& f, unsigned ld, layout_t layout) {
  detail::check_pointer(p, ld);
  simt::machine().warp_barrier(0xffffffffu, "store_matrix_sync");
  for (int n = 0; n < f.num_elements; ++n) {
    unsigned e = detail::element_of<accumulator>(n), r = e / N, c = e % N;
    p[layout == mem_row_major ? r * ld + c : c * ld + r] = f.x[n];
  }
  simt::machine().warp_barrier(0xffffffffu, "store_matrix_sync");
}

}  // namespace wmma
}  // namespace nvcuda

#endif
