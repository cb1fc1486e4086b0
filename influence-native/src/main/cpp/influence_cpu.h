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

/* Changes whenever a signature or a layout in this file or kernel_list.h does. */
#define INFL_ABI_VERSION 8

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
/* Rows of any tile begin at multiples of this: a multiple of INFL_BLOCK_UNIT and INFL_ROW_UNIT. */
#define INFL_TILE_UNIT 24
/* Elements of packed rows that the kernels of rows keep over all queries. */
#define INFL_RESIDENT_ELEMENTS (1 << 19)

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
 * are not null, infl_pack_examples has copied the rows there: row k of `a` takes a_lines elements of
 * T from packed_a + k * a_lines on, grouped in a way of its own; a_lines is a multiple of INFL_COLUMN_UNIT
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

/* What a convolution sees beyond the border of its input. */
enum { INFL_ZEROS = 0, INFL_REFLECT = 1, INFL_REPLICATE = 2, INFL_CIRCULAR = 3 };

/*
 * One direction of a convolution: its output o reads, with element k of the kernel, position
 * o * stride + k * dilation - padding of an input of `size`. 24 bytes.
 */
typedef struct infl_axis {
  int32_t size;
  int32_t output;
  int32_t kernel;
  int32_t stride;
  int32_t padding;
  int32_t dilation;
} infl_axis;

/*
 * Images [.., channels, rows.size, columns.size] of elements of 2, 4 or 8 bytes, aligned to them, and
 * the convolution that reads them. 72 bytes.
 */
typedef struct infl_images {
  const void *data;
  int32_t element_bytes;
  int32_t padding_mode;
  int32_t channels;
  infl_axis rows;
  infl_axis columns;
} infl_images;

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

/* The kernels. */
#define INFL_KERNEL(name, arguments, ...) \
  INFL_API int32_t infl_##name(int32_t kernels, __VA_ARGS__);
#include "kernel_list.h"
#undef INFL_KERNEL

#ifdef __cplusplus
}
#endif
#endif
