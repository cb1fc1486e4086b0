/*
 * SPDX-License-Identifier: Apache-2.0
 */
// C ABI of libinfluence_cuda.so. Needs no CUDA header.
//
// Conventions
//   * Every function that takes a stream only enqueues; it returns a cudaError_t as int32_t (0 is success, 1 an
//     argument out of range, 801 what this device cannot do). Errors of the kernel itself surface at the next
//     synchronisation, as always in CUDA. The current device is the caller's choice.
//   * `stream` is a cudaStream_t; null is the default stream.
//   * Pointers inside structures and arguments are device pointers, except the structures themselves, which are host
//     memory read before the function returns (like the arguments of a kernel), and where "host" is said.
//   * All matrices are row-major. P = outputs, M = inputs counting the homogeneous one, E = examples, R = rows,
//     Q = queries. "[P, M] T" is a dense array of T, the compute type of `precision`: float or double.
//   * Nothing is allocated. What needs scratch takes (workspace, workspace_bytes) and has a function
//     ..._workspace that says how much; contents need no initialisation and are garbage afterwards. A workspace must be
//     aligned to 256 bytes and must not be used by another stream meanwhile.
//   * Determinism: no floating-point atomics; every sum has a fixed order. What comes out for an example depends on
//     that example and the other operands alone, and sums over examples do not depend on how they are cut into calls,
//     bit for bit, on one device and build. (Tensor-core covariances: cuts at multiples of 16 rows.)
//   * Empty inputs (no rows, no examples, no queries) are legal and do nothing but write what is promised as output.
#ifndef INFLUENCE_CUDA_H
#define INFLUENCE_CUDA_H

#include <stdint.h>

#define INFL_CUDA_ABI_VERSION 5
#define INFL_CUDA_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

// Element types of rows, numbered like io.github.influence4j.capture.ElementType.
enum { INFL_F32 = 0, INFL_F64 = 1, INFL_F16 = 2, INFL_BF16 = 3 };

// After so many rows, counted from the accumulator's first, the partial sum of a covariance goes to its master.
#define INFL_CUDA_SEGMENT_ROWS 1024
// The same on tensor cores.
#define INFL_CUDA_TENSOR_SEGMENT_ROWS 4096
// Within a segment, tensor cores add up so many rows at a time: calls may be cut at multiples.
#define INFL_CUDA_GROUP_ROWS 16
// Most weights of one call of infl_cuda_weighted_squares or infl_cuda_dense_weighted_squares.
#define INFL_CUDA_MAX_WEIGHTS 16
// Largest k of the streaming top-k.
#define INFL_CUDA_MAX_TOP_K 1024

// `precision` of the functions below is INFL_F32 or INFL_F64. Those that multiply matrices also take float with products on
// tensor cores, whose operands are rounded to TF32 or bfloat16 and whose sums are in float (sm_80+, else error 801):
// infl_cuda_gemm, _gradients, _squares, _weighted_squares, _accumulate_gradients, _score, _score_rows and
// _score_rows_low_rank. What follows a product is in full precision: squares, weights, dot products with queries (a) or
// activations (b), and of (c) the products of both projections; so is the gradient of an example of one row, which has
// no sum.
enum { INFL_TF32_PRODUCTS = 4, INFL_BF16_PRODUCTS = 5 };

// How covariances are multiplied. Partial sums of a segment's rows in float (F64: in double), master in double.
enum {
  INFL_COVARIANCE_F32 = 0,   // full single precision
  INFL_COVARIANCE_F64 = 1,   // double
  INFL_COVARIANCE_TF32 = 2,  // tensor cores, inputs rounded to TF32; sm_80+
  INFL_COVARIANCE_BF16 = 3,  // tensor cores, inputs rounded to bfloat16; sm_80+
  INFL_COVARIANCE_F16 = 4    // tensor cores, inputs rounded to binary16; sm_75+
};

// Rows of one side of one layer, as io.github.influence4j.spi.Rows: element (r, c), c < columns, is element
// offset + (index ? index[r] : r) * stride + c of data; with homogeneous != 0 there is one more column of ones, the
// last. `dimension` means columns + (homogeneous ? 1 : 0). 48 bytes.
typedef struct {
  const void* data;
  const int32_t* index;  // rows numbers, or null
  int64_t offset;        // elements
  int64_t stride;        // elements
  int32_t type;          // INFL_F32 ...
  int32_t rows;
  int32_t columns;
  int32_t homogeneous;
} infl_rows;

// Both sides of one layer for a batch of examples, packed in the compute type (infl_cuda_pack, or rotated rows).
// Example e owns rows offsets[e] to offsets[e+1] of both sides. 56 bytes.
typedef struct {
  const void* gradients;    // [R, P], rows gradients_stride apart
  const void* activations;  // [R, M], rows activations_stride apart
  const int32_t* offsets;   // [E + 1]; null means one row an example (E == R), the faster form
  int64_t gradients_stride;
  int64_t activations_stride;
  int32_t rows;      // R
  int32_t examples;  // E
  int32_t outputs;   // P
  int32_t inputs;    // M
} infl_examples;

// One layer's (or one diagonal block's: shift offset, narrow columns, homogeneous in the last block only) running sum.
// 72 bytes.
typedef struct {
  infl_rows rows;
  double* master;       // [d, d], d = dimension of the rows; zero before the first call. Lower triangle only
  void* partial;        // [d, d], float (INFL_COVARIANCE_F64: double); zero before the first call. Lower triangle only
  int64_t rows_before;  // rows accumulated by earlier calls
} infl_covariance_update;

// What a convolution sees beyond the border of its input.
enum { INFL_ZEROS = 0, INFL_REFLECT = 1, INFL_REPLICATE = 2, INFL_CIRCULAR = 3 };

// One direction of a convolution: its output o reads, with element k of the kernel, position o * stride + k * dilation
// - padding of an input of `size`. 24 bytes.
typedef struct {
  int32_t size;
  int32_t output;
  int32_t kernel;
  int32_t stride;
  int32_t padding;
  int32_t dilation;
} infl_axis;

// Images [.., channels, rows.size, columns.size] of elements of 2, 4 or 8 bytes, aligned to them, and the convolution
// that reads them. 72 bytes.
typedef struct {
  const void* data;
  int32_t element_bytes;
  int32_t padding_mode;  // INFL_ZEROS ...
  int32_t channels;
  infl_axis rows;
  infl_axis columns;
} infl_images;

// ---- library
INFL_CUDA_API int32_t infl_cuda_abi_version(void);
// What the library was compiled by and for, such as "nvcc 13.0: sm_75 sm_80 ... compute_80" or "emulator". Static.
INFL_CUDA_API const char* infl_cuda_build(void);
// 0 if the current device can run the library's kernels, else a cudaError_t (209: no code for its architecture).
INFL_CUDA_API int32_t infl_cuda_usable(void);

// ---- rows
// out[r, c] = element (r, c) in the compute type, with the homogeneous column; columns from dimension to ld are zeroed.
// out is [rows, ld], ld >= dimension. A multiple of 4 (double: 2) elements lets the other kernels use 16-byte copies.
INFL_CUDA_API int32_t infl_cuda_pack(const infl_rows* rows, int32_t precision, void* out, int64_t ld, void* stream);
// *row = first row that holds a NaN or an infinity (before index is applied), -1 if there is none. One int32 on the
// device.
INFL_CUDA_API int32_t infl_cuda_first_non_finite_row(const infl_rows* rows, int32_t* row, void* stream);

// out[r] = the largest |x| among the stored columns of row r, infinity or NaN where it holds one.
INFL_CUDA_API int32_t infl_cuda_row_magnitudes(const infl_rows* rows, double* out, void* stream);
// The rows of a convolution for the first `count` images: out is [count, rows.output, columns.output, channels,
// rows.kernel, columns.kernel], elements moved as they are stored.
INFL_CUDA_API int32_t infl_cuda_unfold(const infl_images* images, int32_t count, void* out, void* stream);

// ---- covariance: C += Xᵀ X, several layers a launch
// `updates` is a host array. An accumulator may appear once. With a smaller workspace, even none, the result has the
// same bits but tall inputs of few columns run slower.
INFL_CUDA_API int64_t infl_cuda_covariance_workspace(
    const infl_covariance_update* updates, int32_t count, int32_t path);
INFL_CUDA_API int32_t infl_cuda_covariance_accumulate(const infl_covariance_update* updates, int32_t count,
    int32_t path, void* workspace, int64_t workspace_bytes, void* stream);
// sum = master + partial, both triangles; dimension d, all [d, d]. sum may be master.
INFL_CUDA_API int32_t infl_cuda_covariance_sum(const double* master, const void* partial, int32_t path,
    int32_t dimension, double* sum, void* stream);

// ---- eigendecomposition, one block a matrix
// Largest n of a precision on the current device, at most 128: what its shared memory holds (sm_90: 128 and 118; sm_80:
// 128 and 100; sm_86, sm_89: 110 and 78; sm_75: 88 and 62).
INFL_CUDA_API int32_t infl_cuda_eigen_max_dimension(int32_t precision);
// Symmetric matrices [batch, n, n] T (lower triangle read) -> values [batch, n] ascending, vectors [batch, n, n] with
// eigenvectors in columns. sweeps[b] = cyclic sweeps used, or -1 if max_sweeps were not enough or the matrix is not
// finite: values and vectors are then NaN. errors[b] = {‖off-diagonal‖_F / ‖A‖_F at the end, max |QᵀQ - I|},
// [batch, 2] double.
INFL_CUDA_API int32_t infl_cuda_eigen(int32_t precision, const void* matrices, int32_t n, int32_t batch,
    int32_t max_sweeps, void* values, void* vectors, int32_t* sweeps, double* errors, void* stream);

// ---- dense products
// C[b] = op(A[b]) op(B[b]) for b < batch; m, n, k as in BLAS but row-major; *_stride is the distance between matrices
// in elements (0: shared). Each element is summed over k in ascending order by one thread, so a row of C depends on its
// row of A and on B alone: unlike cuBLAS, not on m. (Tensor cores: by groups of 16, TF32 8, in ascending order.)
INFL_CUDA_API int32_t infl_cuda_gemm(int32_t precision, int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n,
    int32_t k, const void* a, int64_t lda, int64_t a_stride, const void* b, int64_t ldb, int64_t b_stride, void* c,
    int64_t ldc, int64_t c_stride, int32_t batch, void* stream);
// out[b, i] = weights[i] * values[b, i], i < elements. out may be values.
INFL_CUDA_API int32_t infl_cuda_scale(int32_t precision, const void* weights, const void* values, void* out,
    int64_t elements, int32_t batch, void* stream);

// ---- gradients of examples: g_e = Σ_t gradients_t activations_tᵀ, [P, M]
// gradients[e] = g_e; [E, P, M] T.
INFL_CUDA_API int32_t infl_cuda_gradients(
    int32_t precision, const infl_examples* examples, void* gradients, void* stream);
// sum += Σ_e g_e∘g_e; sum is [P, M] double. g_e is never written, except that layers too small to fill the device form
// a few gradients at a time in the workspace; with a smaller one, even none, the result has the same bits but is
// slower. Without offsets (one row an example) this is one product of squared rows, and needs no workspace.
INFL_CUDA_API int64_t infl_cuda_squares_workspace(int32_t precision, const infl_examples* examples);
INFL_CUDA_API int32_t infl_cuda_squares(int32_t precision, const infl_examples* examples, double* sum, void* workspace,
    int64_t workspace_bytes, void* stream);
// out[d, e] = Σ_ij weights[d]_ij g_e,ij². `weights` is a host array of `count` device pointers to [P, M] T, count <=
// INFL_CUDA_MAX_WEIGHTS; out is [count, E] double.
INFL_CUDA_API int64_t infl_cuda_weighted_squares_workspace(const infl_examples* examples, int32_t count);
INFL_CUDA_API int32_t infl_cuda_weighted_squares(int32_t precision, const infl_examples* examples,
    const void* const* weights, int32_t count, double* out, void* workspace, int64_t workspace_bytes, void* stream);
// sums[targets[e]] += g_e in the order of e; targets [E] with -1 to skip; sums [Q, P, M] T.
INFL_CUDA_API int32_t infl_cuda_accumulate_gradients(int32_t precision, const infl_examples* examples,
    const int32_t* targets, int32_t queries, void* sums, void* stream);
// The same three on gradients that are there already (formed, then rotated): [E, elements] T, elements = P M.
INFL_CUDA_API int32_t infl_cuda_dense_squares(int32_t precision, const void* gradients, int32_t examples,
    int64_t elements, double* sum, void* stream);
INFL_CUDA_API int64_t infl_cuda_dense_weighted_squares_workspace(int32_t examples, int64_t elements, int32_t count);
INFL_CUDA_API int32_t infl_cuda_dense_weighted_squares(int32_t precision, const void* gradients, int32_t examples,
    int64_t elements, const void* const* weights, int32_t count, double* out, void* workspace, int64_t workspace_bytes,
    void* stream);
INFL_CUDA_API int32_t infl_cuda_dense_accumulate(int32_t precision, const void* gradients, int32_t examples,
    int64_t elements, const int32_t* targets, int32_t queries, void* sums, void* stream);

// ---- scores
// (a) scores[q, e] = ⟨V_q, g_e⟩ with g_e formed once for all queries, tile by tile, never written.
// queries [Q, P, M] T; scores [Q, E] double.
INFL_CUDA_API int64_t infl_cuda_score_workspace(const infl_examples* examples, int32_t queries);
INFL_CUDA_API int32_t infl_cuda_score(int32_t precision, const infl_examples* examples, const void* queries,
    int32_t query_count, double* scores, void* workspace, int64_t workspace_bytes, void* stream);
// (b) rows[q, t] = gradients_tᵀ V_q activations_t, [Q, R] double, and scores[q, e] = its sum over the rows of e in
// order, [Q, E] double. Either output may be null.
INFL_CUDA_API int64_t infl_cuda_score_rows_workspace(const infl_examples* examples, int32_t queries);
INFL_CUDA_API int32_t infl_cuda_score_rows(int32_t precision, const infl_examples* examples, const void* queries,
    int32_t query_count, double* rows, double* scores, void* workspace, int64_t workspace_bytes, void* stream);
// (c) the same with V_q = left_q right_qᵀ: left [Q, P, rank] T, right [Q, M, rank] T.
INFL_CUDA_API int64_t infl_cuda_score_rows_low_rank_workspace(
    const infl_examples* examples, int32_t queries, int32_t rank);
INFL_CUDA_API int32_t infl_cuda_score_rows_low_rank(int32_t precision, const infl_examples* examples, const void* left,
    const void* right, int32_t rank, int32_t query_count, double* rows, double* scores, void* workspace,
    int64_t workspace_bytes, void* stream);

// ---- scores of a batch that stay on the device
// sums[q, first + i] += part[q, i], i < n; sums has rows of ld elements. Adds the scores of a run of examples, or of a
// layer.
INFL_CUDA_API int32_t infl_cuda_add_scores(const double* part, int32_t queries, int32_t n, double* sums, int64_t ld,
    int64_t first, void* stream);

// ---- streaming top-k, k <= INFL_CUDA_MAX_TOP_K
// Keeps for each query the k best (score, id) seen, best first: higher score, then lower id. NaN never enters. Free
// places hold -infinity and id -1. values [Q, k] double, ids [Q, k] int64.
INFL_CUDA_API int32_t infl_cuda_topk_clear(double* values, int64_t* ids, int32_t queries, int32_t k, void* stream);
// Offers sign * scores [Q, ld], of which n a query; score i belongs to id first_id + i, or to example_ids[i] where that
// is not null. sign is 1, or -1 to keep the lowest scores, negated.
INFL_CUDA_API int32_t infl_cuda_topk_update(const double* scores, int64_t ld, int32_t n, int32_t sign,
    const int64_t* example_ids, int64_t first_id, double* values, int64_t* ids, int32_t queries, int32_t k,
    void* stream);

#ifdef __cplusplus
}
#endif

#endif
