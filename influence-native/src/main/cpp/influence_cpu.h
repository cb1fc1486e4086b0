/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * C interface of the CPU kernels of Influence4J.
 *
 * Every function is single-threaded, keeps no state and works on one tile of its result, so that the
 * caller owns all parallelism. Arguments are trusted: the caller has checked shapes and bounds.
 *
 * `kernels` chooses the code: 2 * INFL_ISA_x + (0 for float32, 1 for float64). "T" below is float or
 * double accordingly.
 *
 * Determinism: each element of a product is summed over k in ascending order with one (fused)
 * multiply-add after another, whatever the tile it is computed in, and edges of tiles go through the
 * same code on zero-padded panels. Results do not depend on how a result is cut into tiles or a sum
 * into consecutive calls. Different instruction sets may differ in the last bits.
 *
 * Functions return INFL_OK or one of the codes below.
 */
#ifndef INFLUENCE_CPU_H
#define INFLUENCE_CPU_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFL_API __attribute__((visibility("default")))

/* Changes whenever a signature or a layout in this file does. */
#define INFL_ABI_VERSION 6

enum { INFL_OK = 0, INFL_TILE_TOO_LARGE = 1, INFL_BAD_KERNELS = 2 };
enum { INFL_ISA_BASELINE = 0, INFL_ISA_AVX2 = 1, INFL_ISA_AVX512 = 2 };
enum { INFL_F32 = 0, INFL_F64 = 1, INFL_F16 = 2, INFL_BF16 = 3 };

/* Largest tile of a result that one call computes. */
#define INFL_MAX_TILE_ROWS 384
#define INFL_MAX_TILE_COLUMNS 768
/* Largest tile of infl_dot_tile, its rows rounded up to INFL_BLOCK_UNIT, its columns to INFL_COLUMN_UNIT. */
#define INFL_MAX_DOT_ELEMENTS 6144
/* Rows after which the float32 partial sums of a covariance go to its float64 master. */
#define INFL_COVARIANCE_FLUSH 1024
/* Most examples of infl_outer_tile, and what k begins at multiples of. */
#define INFL_OUTER_ROWS 128
#define INFL_OUTER_UNIT 768
/* Rows of a thin matrix (infl_thin_multiply) take a multiple of this. */
#define INFL_THIN_UNIT 16
/* What panels of queries are multiples of (infl_pack_queries). */
#define INFL_ROW_UNIT 12
/* Tiles of packed examples begin at multiples of these. */
#define INFL_BLOCK_UNIT 8
#define INFL_COLUMN_UNIT 32

/*
 * A read-only row-major matrix of any element type. Element (r, c) is
 * data[(index ? index[r] : r) * stride + c] for c < columns, and 1 for c == columns (the homogeneous
 * coordinate, where the caller asks for it). `data` is aligned to its element. 32 bytes.
 */
typedef struct infl_matrix {
  const void *data;
  const int32_t *index;
  int64_t stride;
  int32_t type;
  int32_t columns;
} infl_matrix;

/*
 * The product C(i, j) = sum over k of A(i, k) B(k, j). a_rows_are_k says that A(i, k) is element
 * (k, i) of `a` rather than (i, k); b_rows_are_k that B(k, j) is element (k, j) of `b` rather than
 * (j, k). 80 bytes.
 */
typedef struct infl_product {
  infl_matrix a;
  infl_matrix b;
  int32_t a_rows_are_k;
  int32_t b_rows_are_k;
  int64_t k;
} infl_product;

/*
 * A sequence of products: number e sums over k in [begin[e], end[e]) and reads A(i + e * a_step, k).
 * With rows_are_k on both sides these are the gradients of examples e. Where packed_a and packed_b
 * are not null, infl_pack has copied the rows there: row k of `a` takes a_lines elements of T from
 * packed_a + k * a_lines on, grouped in a way of its own; a_lines is a multiple of INFL_COLUMN_UNIT
 * not below the rows of the result, b_lines one not below its columns, and both are aligned to 64
 * bytes. If addresses and lines are the same, a and b are one matrix, copied once; the same address
 * with other lines is two, where k = 0 would lie in one place but is not among the rows. 64 bytes.
 */
typedef struct infl_examples {
  const int32_t *begin;
  const int32_t *end;
  int64_t count;
  int64_t a_step;
  void *packed_a;
  void *packed_b;
  int64_t a_lines;
  int64_t b_lines;
} infl_examples;

/*
 * Matrices V_q [outputs, inputs] of type T to dot with: dense (values, query after query) or, where
 * values is null, left_q right_q^T with left [queries, outputs, rank], right [queries, inputs, rank].
 */
typedef struct infl_queries {
  const void *values;
  const void *left;
  const void *right;
  int64_t outputs;
  int64_t inputs;
  int64_t rank;
} infl_queries;

INFL_API int32_t infl_abi_version(void);

/* The best INFL_ISA_x that this processor and operating system run. */
INFL_API int32_t infl_best_isa(void);

/* Bytes of workspace that every function with a `workspace` argument needs, for any tile. */
INFL_API int64_t infl_workspace_bytes(void);

/*
 * Memory aligned to 64 bytes (large blocks to huge pages), zeroed if asked for; 0 when there is none.
 */
INFL_API void *infl_allocate(int64_t bytes, int32_t zeroed);
INFL_API void infl_free(void *memory);

/* Sets a block of memory to zero. */
INFL_API void infl_zero(void *memory, int64_t bytes);

/* Copies memory that does not overlap. */
INFL_API void infl_copy(void *to, const void *from, int64_t bytes);

/* C[i0.., j0..] (rows x columns, row-major, of T) = or += the product. */
INFL_API int32_t infl_multiply(int32_t kernels, const infl_product *product, int64_t i0,
                               int64_t rows, int64_t j0, int64_t columns, void *c, int64_t ldc,
                               int32_t accumulate, void *workspace);

/*
 * infl_multiply where many tiles read the same B: infl_pack has copied it to packed_b, as the rows
 * [0, k) that are side b of a product.
 */
INFL_API int32_t infl_multiply_by_packed(int32_t kernels, const infl_product *product,
                                         const void *packed_b, int64_t b_lines, int64_t i0,
                                         int64_t rows, int64_t j0, int64_t columns, void *c,
                                         int64_t ldc, void *workspace);

/*
 * One tile of the lower triangle of C += sum_r x_r x_r^T over the rows in `ranges`, packed with x on
 * both sides. `counted` is the number of rows added before; a range goes on to no more than a multiple
 * of INFL_COVARIANCE_FLUSH rows counted. float32: sums go to `partial` [ldc x ldc] and from there to
 * `master` after each INFL_COVARIANCE_FLUSH rows counted; float64: straight to `master`. Elements above
 * the diagonal of the matrix hold nothing useful.
 */
INFL_API int32_t infl_covariance_tile(int32_t kernels, const infl_examples *ranges, int64_t counted,
                                      int64_t i0, int64_t rows, int64_t j0, int64_t columns,
                                      float *partial, double *master, int64_t ldc);

/*
 * Copies the rows of examples [first, first + count) to packed_a and packed_b, so that many tiles read
 * them without packing them again; a_step 0. Where both are the same memory, side a is copied.
 */
INFL_API int32_t infl_pack(int32_t kernels, const infl_product *product,
                           const infl_examples *examples, int64_t rows, int64_t columns,
                           int64_t first, int64_t count);

/* sum[i0.., j0..] += the square of each example's product, elementwise, examples in order. */
INFL_API int32_t infl_square_tile(int32_t kernels, const infl_product *product,
                                  const infl_examples *examples, int64_t i0, int64_t rows,
                                  int64_t j0, int64_t columns, double *sum, int64_t lds,
                                  void *workspace);

/*
 * c[targets[e]][i0.., j0..] += G_e, the product of example e, for targets[e] >= 0, examples in order;
 * c_step elements of T from one target to the next.
 */
INFL_API int32_t infl_accumulate_tile(int32_t kernels, const infl_product *product,
                                      const infl_examples *examples, const int32_t *targets,
                                      int64_t i0, int64_t rows, int64_t j0, int64_t columns,
                                      void *c, int64_t ldc, int64_t c_step, void *workspace);

/*
 * out[q * count + e] = sum over the tile of V_q * G_e (or G_e^2 if square), G_e being the examples'
 * products.
 */
INFL_API int32_t infl_dot_tile(int32_t kernels, const infl_product *product,
                               const infl_examples *examples, int64_t i0, int64_t rows, int64_t j0,
                               int64_t columns, const infl_queries *queries, int64_t q0,
                               int64_t q_count, int32_t square, double *out, void *workspace);

/*
 * out[q * ldo + i] = sum_kj a(i, k) V_q(k, j) x(i, j) for rows i in [i0, i0 + rows) and q < q_count,
 * dense V_q [outputs, inputs] = (k, j). `packed` is what infl_pack made of the rows [q * outputs,
 * (q + 1) * outputs) of each of these V_q. With `square`, a and x are squared.
 */
INFL_API int32_t infl_row_dense(int32_t kernels, const infl_matrix *a, const infl_matrix *x,
                                int64_t i0, int64_t rows, const infl_queries *queries,
                                const void *packed, int64_t q_count, int32_t square, double *out,
                                int64_t ldo, void *workspace);

/*
 * Copies k in [k0, k0 + n) of q_count dense queries, k = output * inputs + input, for infl_outer_tile:
 * n * (q_count rounded up to INFL_ROW_UNIT) elements of T, aligned to 64 bytes. k0 is a multiple of
 * INFL_OUTER_UNIT.
 */
INFL_API int32_t infl_pack_queries(int32_t kernels, const infl_queries *queries, int64_t q_count,
                                   int64_t k0, int64_t n, void *packed);

/*
 * out[q * ldo + i] += sum_k a(i, k / inputs) x(i, k % inputs) V_q(k) for rows i in [i0, i0 + rows),
 * queries [q0, q0 + q_count) and k in [k0, k0 + n), for infl_row_dense's V_q where there are many.
 * `packed` is what infl_pack_queries made of the same k and q_total queries. i0 and ldo are multiples
 * of INFL_COLUMN_UNIT, q0 of INFL_ROW_UNIT; `out` has memory for q_total rounded up to INFL_ROW_UNIT
 * times ldo elements, and what belongs to no row or query is overwritten.
 */
INFL_API int32_t infl_outer_tile(int32_t kernels, const infl_matrix *a, const infl_matrix *x,
                                 int64_t i0, int64_t rows, int64_t inputs, const void *packed,
                                 int64_t q_total, int64_t q0, int64_t q_count, int64_t k0,
                                 int64_t n, double *out, int64_t ldo, void *workspace);

/*
 * infl_row_dense for V_q = L_q R_q^T with the queries side by side: left [outputs, q_total * rank],
 * right [inputs, q_total * rank].
 */
INFL_API int32_t infl_row_low_rank(int32_t kernels, const infl_matrix *a, const infl_matrix *x,
                                   int64_t i0, int64_t rows, const infl_queries *queries,
                                   int64_t q_total, int64_t q0, int64_t q_count, double *out,
                                   int64_t ldo, void *workspace);

/*
 * out[r] = the largest |x(i0 + r, c)| over the stored columns, in double whatever T; infinity or NaN
 * where the row holds one.
 */
INFL_API int32_t infl_magnitudes(int32_t kernels, const infl_matrix *x, int64_t i0, int64_t rows,
                                 double *out);

/* out[r * ldo + c] = x(i0 + r, c) for c < columns, converted to T. */
INFL_API int32_t infl_convert(int32_t kernels, const infl_matrix *x, int64_t i0, int64_t rows,
                              int64_t columns, void *out, int64_t ldo);

/* out[i] = a[i] * b[i], of T. */
INFL_API int32_t infl_hadamard(int32_t kernels, const void *a, const void *b, void *out,
                               int64_t count);

/*
 * out[i * ldo + c] = sum over k of d[i * row_step + k * k_step] x[k * ldx + c], all of T, for rows i in
 * [i0, i0 + rows) and c < width. Rows of x are readable up to a multiple of INFL_THIN_UNIT columns.
 */
INFL_API int32_t infl_thin_multiply(int32_t kernels, const void *d, int64_t row_step, int64_t k_step,
                                    int64_t i0, int64_t rows, int64_t k, const void *x, int64_t ldx,
                                    int64_t width, void *out, int64_t ldo);

/* The sum of squares of `count` elements of T, in double; NaN for bad `kernels`. */
INFL_API double infl_sum_squares(int32_t kernels, const void *x, int64_t count);

/*
 * out[0] += sum of (d - product)^2 and out[1] += sum of d^2 over one tile; d is of T, row-major.
 */
INFL_API int32_t infl_residual_tile(int32_t kernels, const infl_product *product, int64_t i0,
                                    int64_t rows, int64_t j0, int64_t columns, const void *d,
                                    int64_t ldd, double *out, void *workspace);

#ifdef __cplusplus
}
#endif
#endif
