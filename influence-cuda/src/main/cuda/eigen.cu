/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Eigendecompositions of many small symmetric matrices: two-sided cyclic Jacobi, one block a matrix, all in shared
// memory.
//
// Layout: matrices [batch, n, n]; in shared memory A and Q of m x (m + 1), m = n rounded up to even (an odd n gets a
// row and column of zeros with a fixed place); the odd pitch keeps both rows and columns free of bank conflicts.
// A step rotates m/2 disjoint pairs (round robin, m - 1 steps a sweep). Phase 1: m/2 threads compute the rotations.
// Phase 2: A in 2 x 2 blocks (pair by pair; the upper triangle of blocks, written to both), Q in columns. The pivots
// are set from the formulas, not by rotation: off-diagonal elements then converge quadratically without a floor of
// rounding errors. Flops a sweep: 3 n³ for A by symmetry plus 3 n³ for Q; shared memory bound, some 6 accesses for 10
// flops. 6 to 9 sweeps.
// Converged: a sweep found no |a_pq| > eps ‖A‖_F / n, which bounds ‖off-diagonal‖_F by eps ‖A‖_F. Matrices are scaled
// by a power of two first, so that squares neither overflow nor vanish.
//   1 naive: one thread a matrix, the same rotations in row order.  2 this.
#include <cfloat>
#include <climits>

#include "device.cuh"
#include "heuristics.h"

namespace infl {

template <class T>
constexpr T kEpsilon = sizeof(T) == 4 ? T(FLT_EPSILON) : T(DBL_EPSILON);

// Rotation (c, s) that zeroes a_pq, and t = s / c (Golub and Van Loan 8.5.2).
template <class T>
struct Rotation {
  T c, s, t;
};
template <class T>
__device__ __forceinline__ Rotation<T> rotation(T app, T aqq, T apq) {
  T theta = (aqq - app) / (2 * apq);
  T size = sizeof(T) == 4 ? T(fabsf(static_cast<float>(theta))) : T(fabs(static_cast<double>(theta)));
  // Beyond, theta² + 1 is theta².
  T t = size > 1 / kEpsilon<T> ? 1 / (2 * size) : 1 / (size + static_cast<T>(sqrt(theta * theta + 1)));
  if (theta < 0) t = -t;
  T c = 1 / static_cast<T>(sqrt(t * t + 1));
  return {c, t * c, t};
}

// The pair number k of step s among m players: player m - 1 stays, the others go round.
__device__ __forceinline__ void pair_of(int m, int s, int k, int* p, int* q) {
  int i = k == 0 ? m - 1 : (s + k) % (m - 1), j = (s + m - 1 - k) % (m - 1);
  *p = min(i, j);
  *q = max(i, j);
}

template <class T>
__host__ __device__ constexpr size_t eigen_shared_bytes(int n) {
  size_t m = static_cast<size_t>(n) + n % 2;
  // Warp sums; A, Q; c, s, t the pairs of the step.
  return 32 * sizeof(double) + sizeof(T) * (2 * m * (m + 1) + m / 2 * 3) + m * sizeof(int);
}

// ---- kernels

template <class T>
static __global__ void eigen_naive(T* matrices, int n, int max_sweeps, T* values, T* vectors, int32_t* sweeps) {
  T* a = matrices + int64_t{blockIdx.x} * n * n;  // destroyed
  T* v = vectors + int64_t{blockIdx.x} * n * n;
  T* w = values + int64_t{blockIdx.x} * n;
  double norm = 0;
  for (int i = 0; i < n * n; ++i) {
    norm += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    v[i] = i / n == i % n ? 1 : 0;
  }
  T small = kEpsilon<T> * static_cast<T>(sqrt(norm)) / n;
  int sweep = 0;
  for (bool rotated = true; rotated && sweep < max_sweeps;) {
    rotated = false;
    for (int p = 0; p < n - 1; ++p) {
      for (int q = p + 1; q < n; ++q) {
        T apq = a[p * n + q];
        if (!(fabs(static_cast<double>(apq)) > static_cast<double>(small))) continue;
        rotated = true;
        Rotation<T> r = rotation(a[p * n + p], a[q * n + q], apq);
        for (int i = 0; i < n; ++i) {
          T x = a[i * n + p], y = a[i * n + q];
          a[i * n + p] = r.c * x - r.s * y;
          a[i * n + q] = r.s * x + r.c * y;
          x = v[i * n + p], y = v[i * n + q];
          v[i * n + p] = r.c * x - r.s * y;
          v[i * n + q] = r.s * x + r.c * y;
        }
        for (int i = 0; i < n; ++i) {
          T x = a[p * n + i], y = a[q * n + i];
          a[p * n + i] = r.c * x - r.s * y;
          a[q * n + i] = r.s * x + r.c * y;
        }
        a[p * n + q] = a[q * n + p] = 0;
      }
    }
    if (rotated) ++sweep;
  }
  sweeps[blockIdx.x] = sweep;
  for (int i = 0; i < n; ++i) {  // selection sort
    int least = i;
    for (int j = i; j < n; ++j) {
      if (j == i) w[i] = a[i * n + i];
      if (a[j * n + j] < a[least * n + least]) least = j;
    }
    T x = a[i * n + i];
    a[i * n + i] = w[i] = a[least * n + least];
    a[least * n + least] = x;
    for (int r = 0; r < n; ++r) {
      x = v[r * n + i];
      v[r * n + i] = v[r * n + least];
      v[r * n + least] = x;
    }
  }
}

// Sum over the block, the same in all threads. At most 16 warps.
static __device__ __forceinline__ double block_sum(double x, double* warps) {
  x = warp_sum(x);
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = x;
  __syncthreads();
  double total = 0;
  for (unsigned w = 0; w < blockDim.x / 32; ++w) total += warps[w];
  __syncthreads();
  return total;
}
static __device__ __forceinline__ double block_max(double x, double* warps) {
#pragma unroll
  for (unsigned bits = 16; bits > 0; bits /= 2) x = fmax(x, __shfl_xor_sync(kFullWarp, x, bits));
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = x;
  __syncthreads();
  double most = 0;
  for (unsigned w = 0; w < blockDim.x / 32; ++w) most = fmax(most, warps[w]);
  __syncthreads();
  return most;
}

template <class T>
static __global__ void __launch_bounds__(512) eigen_jacobi(const T* __restrict__ matrices, int n, int max_sweeps,
    T* __restrict__ values, T* __restrict__ vectors, int32_t* __restrict__ sweeps, double* __restrict__ errors) {
  const int m = n + n % 2, pitch = m + 1, pairs = m / 2;
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  double* warps = dynamic_shared<double>();
  T* a = reinterpret_cast<T*>(warps + 32);
  T* q = a + m * pitch;
  T* cosine = q + m * pitch;
  T* sine = cosine + pairs;
  T* tangent = sine + pairs;
  int* lower = reinterpret_cast<int*>(tangent + pairs);
  int* upper = lower + pairs;
  matrices += int64_t{blockIdx.x} * n * n;
  values += int64_t{blockIdx.x} * n;
  vectors += int64_t{blockIdx.x} * n * n;

  double largest = 0;
  bool finite = true;
  for (int e = thread; e < m * m; e += threads) {
    int i = e / m, j = e % m, r = max(i, j), c = min(i, j);
    T x = r < n ? matrices[int64_t{r} * n + c] : T(0);
    a[i * pitch + j] = x;
    q[i * pitch + j] = i == j ? T(1) : T(0);
    finite &= x - x == 0;
    largest = fmax(largest, fabs(static_cast<double>(x)));
  }
  finite = __syncthreads_and(finite) != 0;
  largest = block_max(largest, warps);
  int exponent = 0;
  if (finite && largest > 0) frexp(largest, &exponent);
  double squares = 0;
  for (int e = thread; e < m * m; e += threads) {
    int i = e / m * pitch + e % m;
    double x = ldexp(static_cast<double>(a[i]), -exponent);
    a[i] = static_cast<T>(x);
    squares += x * x;
  }
  const double norm = sqrt(block_sum(squares, warps));
  const T small = kEpsilon<T> * static_cast<T>(norm) / static_cast<T>(n);

  int sweep = 0;
  bool converged = finite && n == 1;
#pragma unroll 1
  while (finite && !converged && sweep <= max_sweeps) {
    bool rotated = false;
#pragma unroll 1
    for (int step = 0; step < m - 1; ++step) {
      for (int k = thread; k < pairs; k += threads) {
        int i, j;
        pair_of(m, step, k, &i, &j);
        T x = a[i * pitch + j];
        Rotation<T> r{1, 0, 0};
        if (x > small || x < -small) {
          r = rotation(a[i * pitch + i], a[j * pitch + j], x);
          rotated = true;
        }
        lower[k] = i;
        upper[k] = j;
        cosine[k] = r.c;
        sine[k] = r.s;
        tangent[k] = r.t;
      }
      __syncthreads();
      // Blocks (k, l), k <= l, of the matrix of pairs, as rows 0..pairs of a triangle folded to a rectangle.
      const int width = pairs % 2 ? pairs : pairs + 1, height = (pairs + 1) / 2;
      for (int e = thread; e < width * height; e += threads) {
        int row = e / width, column = e % width, k, l;
        if (row + column < pairs) {
          k = row;
          l = row + column;
        } else {
          k = pairs - 1 - row + (pairs % 2 ? 1 : 0);
          l = k + column - (pairs - row);
        }
        const int i = lower[k], j = upper[k];
        if (k == l) {
          T t = tangent[k];
          if (t != 0) {
            T x = a[i * pitch + j];
            a[i * pitch + i] -= t * x;
            a[j * pitch + j] += t * x;
            a[i * pitch + j] = a[j * pitch + i] = 0;
          }
          continue;
        }
        const int u = lower[l], v = upper[l];
        T c = cosine[k], s = sine[k], d = cosine[l], z = sine[l];
        T iu = a[i * pitch + u], iv = a[i * pitch + v], ju = a[j * pitch + u], jv = a[j * pitch + v];
        T ru = c * iu - s * ju, rv = c * iv - s * jv, wu = s * iu + c * ju, wv = s * iv + c * jv;
        T x = d * ru - z * rv;
        a[i * pitch + u] = a[u * pitch + i] = x;
        x = z * ru + d * rv;
        a[i * pitch + v] = a[v * pitch + i] = x;
        x = d * wu - z * wv;
        a[j * pitch + u] = a[u * pitch + j] = x;
        x = z * wu + d * wv;
        a[j * pitch + v] = a[v * pitch + j] = x;
      }
      for (int e = thread; e < pairs * m; e += threads) {
        const int k = e / m, row = e % m * pitch, i = lower[k], j = upper[k];
        T s = sine[k];
        if (s == 0) continue;
        T c = cosine[k], x = q[row + i], y = q[row + j];
        q[row + i] = c * x - s * y;
        q[row + j] = s * x + c * y;
      }
      __syncthreads();
    }
    converged = __syncthreads_or(rotated) == 0;
    if (!converged) ++sweep;
  }
  converged = converged && sweep <= max_sweeps;

  double off = 0, skew = 0;
  for (int e = thread; e < n * n; e += threads) {
    int i = e / n, j = e % n;
    double x = a[i * pitch + j];
    if (i != j) off += x * x;
    if (j <= i) {
      double dot = i == j ? -1 : 0;
      for (int r = 0; r < n; ++r) dot += static_cast<double>(q[r * pitch + i]) * static_cast<double>(q[r * pitch + j]);
      skew = fmax(skew, fabs(dot));
    }
  }
  off = block_sum(off, warps);
  skew = block_max(skew, warps);
  if (thread == 0) {
    sweeps[blockIdx.x] = converged ? sweep : -1;
    errors[2 * blockIdx.x] = !finite ? NAN : norm > 0 ? sqrt(off) / norm : 0;
    errors[2 * blockIdx.x + 1] = finite ? skew : NAN;
  }
  // Ascending: each eigenvalue's place is the number of those before it.
  int* place = reinterpret_cast<int*>(cosine);
  for (int i = thread; i < n; i += threads) {
    T x = a[i * pitch + i];
    int before = 0;
    for (int j = 0; j < n; ++j) {
      T y = a[j * pitch + j];
      before += y < x || (y == x && j < i);
    }
    place[i] = converged ? before : i;
    values[place[i]] = converged ? static_cast<T>(ldexp(static_cast<double>(x), exponent)) : T(NAN);
  }
  __syncthreads();
  for (int e = thread; e < n * n; e += threads) {
    int r = e / n, i = e % n;
    vectors[int64_t{r} * n + place[i]] = converged ? q[r * pitch + i] : T(NAN);
  }
}

// ---- launchers

template <class T>
static int32_t max_dimension(const Device& device) {
  int n = 128;
  while (n > 0 && eigen_shared_bytes<T>(n) > static_cast<size_t>(device.shared_per_block)) --n;
  return n;
}

template <class T>
static int32_t eigen(const Device& device, const void* matrices, int n, int batch, int max_sweeps, void* values,
    void* vectors, int32_t* sweeps, double* errors, void* stream) {
  if (n > max_dimension<T>(device)) return cudaErrorInvalidValue;
  return launch("eigen_jacobi", eigen_jacobi<T>, batch, heuristics::eigen_threads(n),
      eigen_shared_bytes<T>(n), stream, static_cast<const T*>(matrices), n, max_sweeps, static_cast<T*>(values),
      static_cast<T*>(vectors), sweeps, errors);
}

}  // namespace infl

using namespace infl;

int32_t infl_cuda_eigen_max_dimension(int32_t precision) {
  Device device;
  if (!is_compute_type(precision) || current_device(&device)) return 0;
  return precision == INFL_F32 ? max_dimension<float>(device) : max_dimension<double>(device);
}

int32_t infl_cuda_eigen(int32_t precision, const void* matrices, int32_t n, int32_t batch, int32_t max_sweeps,
    void* values, void* vectors, int32_t* sweeps, double* errors, void* stream) {
  if (!is_compute_type(precision) || n < 1 || batch < 0 || max_sweeps < 1 || !sweeps || !errors) {
    return cudaErrorInvalidValue;
  }
  if (batch == 0) return cudaSuccess;
  Device device;
  if (int32_t e = current_device(&device)) return e;
  auto* function = precision == INFL_F32 ? eigen<float> : eigen<double>;
  return function(device, matrices, n, batch, max_sweeps, values, vectors, sweeps, errors, stream);
}
