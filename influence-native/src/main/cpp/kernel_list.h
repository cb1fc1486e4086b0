/*
 * SPDX-License-Identifier: Apache-2.0
 */
/*
 * All kernels: INFL_KERNEL(name, (arguments), parameters...) declares
 *
 *   int32_t infl_name(int32_t kernels, parameters...)
 *
 * whose code is the template name<T>(parameters...) of the namespace of each instruction set. Included
 * wherever something is needed of every kernel: the prototypes of the interface (influence_cpu.h), the
 * table (kernels.h), its content (kernels.cpp), the functions that call through it (dispatch.cpp). A
 * new kernel is an entry here and a method in Kernels.java.
 */

/* C[i0.., j0..] (rows x columns, row-major, of T) = or += the product. */
INFL_KERNEL(multiply, (product, i0, rows, j0, columns, c, ldc, accumulate, workspace),
            const infl_product *product, int64_t i0, int64_t rows, int64_t j0, int64_t columns,
            void *c, int64_t ldc, int32_t accumulate, void *workspace)

/*
 * infl_multiply where many tiles read the same B: infl_pack_examples has copied it to packed_b, as
 * the rows [0, k) that are side b of a product.
 */
INFL_KERNEL(multiply_by_packed, (product, packed_b, b_lines, i0, rows, j0, columns, c, ldc,
                                 workspace),
            const infl_product *product, const void *packed_b, int64_t b_lines, int64_t i0,
            int64_t rows, int64_t j0, int64_t columns, void *c, int64_t ldc, void *workspace)

/*
 * One tile of the lower triangle of C += sum_r x_r x_r^T over the rows in `ranges`, packed with x on
 * both sides. `counted` is the number of rows added before; a range goes on to no more than a multiple
 * of INFL_COVARIANCE_FLUSH rows counted. float32: sums go to `partial` [ldc x ldc] and from there to
 * `master` after each INFL_COVARIANCE_FLUSH rows counted; float64: straight to `master`. Elements above
 * the diagonal of the matrix hold nothing useful.
 */
INFL_KERNEL(covariance_tile, (ranges, counted, i0, rows, j0, columns, partial, master, ldc),
            const infl_examples *ranges, int64_t counted, int64_t i0, int64_t rows, int64_t j0,
            int64_t columns, float *partial, double *master, int64_t ldc)

/*
 * Copies the rows of examples [first, first + count) to packed_a and packed_b, so that many tiles read
 * them without packing them again; a_step 0. Where both are the same memory, side a is copied.
 */
INFL_KERNEL(pack_examples, (product, examples, rows, columns, first, count),
            const infl_product *product, const infl_examples *examples, int64_t rows,
            int64_t columns, int64_t first, int64_t count)

/* sum[i0.., j0..] += the square of each example's product, elementwise, examples in order. */
INFL_KERNEL(square_tile, (product, examples, i0, rows, j0, columns, sum, lds, workspace),
            const infl_product *product, const infl_examples *examples, int64_t i0, int64_t rows,
            int64_t j0, int64_t columns, double *sum, int64_t lds, void *workspace)

/*
 * c[targets[e]][i0.., j0..] += G_e, the product of example e, for targets[e] >= 0, examples in order;
 * c_step elements of T from one target to the next.
 */
INFL_KERNEL(accumulate_tile, (product, examples, targets, i0, rows, j0, columns, c, ldc, c_step,
                              workspace),
            const infl_product *product, const infl_examples *examples, const int32_t *targets,
            int64_t i0, int64_t rows, int64_t j0, int64_t columns, void *c, int64_t ldc,
            int64_t c_step, void *workspace)

/*
 * out[q * count + e] = sum over the tile of V_q * G_e (or G_e^2 if square), G_e being the examples'
 * products.
 */
INFL_KERNEL(dot_tile, (product, examples, i0, rows, j0, columns, queries, q0, q_count, square, out,
                       workspace),
            const infl_product *product, const infl_examples *examples, int64_t i0, int64_t rows,
            int64_t j0, int64_t columns, const infl_queries *queries, int64_t q0, int64_t q_count,
            int32_t square, double *out, void *workspace)

/*
 * out[q * ldo + i] = sum_kj a(i, k) V_q(k, j) x(i, j) for rows i in [i0, i0 + rows) and q < q_count,
 * dense V_q [outputs, inputs] = (k, j). `packed` is what infl_pack_examples made of the rows
 * [q * outputs, (q + 1) * outputs) of each of these V_q. With `square`, a and x are squared.
 */
INFL_KERNEL(row_dense, (a, x, i0, rows, queries, packed, q_count, square, out, ldo, workspace),
            const infl_matrix *a, const infl_matrix *x, int64_t i0, int64_t rows,
            const infl_queries *queries, const void *packed, int64_t q_count, int32_t square,
            double *out, int64_t ldo, void *workspace)

/*
 * Copies k in [k0, k0 + n) of q_count dense queries, k = output * inputs + input, for infl_outer_tile:
 * n * (q_count rounded up to INFL_ROW_UNIT) elements of T, aligned to 64 bytes. k0 is a multiple of
 * INFL_OUTER_UNIT.
 */
INFL_KERNEL(pack_queries, (queries, q_count, k0, n, packed),
            const infl_queries *queries, int64_t q_count, int64_t k0, int64_t n, void *packed)

/*
 * out[q * ldo + i] += sum_k a(i, k / inputs) x(i, k % inputs) V_q(k) for rows i in [i0, i0 + rows),
 * queries [q0, q0 + q_count) and k in [k0, k0 + n), for infl_row_dense's V_q where there are many.
 * `packed` is what infl_pack_queries made of the same k and q_total queries. i0 and ldo are multiples
 * of INFL_COLUMN_UNIT, q0 of INFL_ROW_UNIT; `out` has memory for q_total rounded up to INFL_ROW_UNIT
 * times ldo elements, and what belongs to no row or query is overwritten.
 */
INFL_KERNEL(outer_tile, (a, x, i0, rows, inputs, packed, q_total, q0, q_count, k0, n, out, ldo,
                         workspace),
            const infl_matrix *a, const infl_matrix *x, int64_t i0, int64_t rows, int64_t inputs,
            const void *packed, int64_t q_total, int64_t q0, int64_t q_count, int64_t k0, int64_t n,
            double *out, int64_t ldo, void *workspace)

/*
 * infl_row_dense for V_q = L_q R_q^T with the queries side by side: left [outputs, q_total * rank],
 * right [inputs, q_total * rank].
 */
INFL_KERNEL(row_low_rank, (a, x, i0, rows, queries, q_total, q0, q_count, out, ldo, workspace),
            const infl_matrix *a, const infl_matrix *x, int64_t i0, int64_t rows,
            const infl_queries *queries, int64_t q_total, int64_t q0, int64_t q_count, double *out,
            int64_t ldo, void *workspace)

/*
 * out[r] = the largest |x(i0 + r, c)| over the stored columns, in double whatever T; infinity or NaN
 * where the row holds one.
 */
INFL_KERNEL(magnitudes, (x, i0, rows, out),
            const infl_matrix *x, int64_t i0, int64_t rows, double *out)

/* out[r * ldo + c] = x(i0 + r, c) for c < columns, converted to T. */
INFL_KERNEL(convert, (x, i0, rows, columns, out, ldo),
            const infl_matrix *x, int64_t i0, int64_t rows, int64_t columns, void *out, int64_t ldo)

/* out[i] = a[i] * b[i], of T. */
INFL_KERNEL(hadamard, (a, b, out, count),
            const void *a, const void *b, void *out, int64_t count)

/*
 * out[i * ldo + c] = sum over k of d[i * row_step + k * k_step] x[k * ldx + c], all of T, for rows i in
 * [i0, i0 + rows) and c < width. Rows of x are readable up to a multiple of INFL_THIN_UNIT columns.
 */
INFL_KERNEL(thin_multiply, (d, row_step, k_step, i0, rows, k, x, ldx, width, out, ldo),
            const void *d, int64_t row_step, int64_t k_step, int64_t i0, int64_t rows, int64_t k,
            const void *x, int64_t ldx, int64_t width, void *out, int64_t ldo)

/* out[0] = the sum of squares of `count` elements of T, in double. */
INFL_KERNEL(sum_squares, (x, count, out),
            const void *x, int64_t count, double *out)

/*
 * out[0] += sum of (d - product)^2 and out[1] += sum of d^2 over one tile; d is of T, row-major.
 */
INFL_KERNEL(residual_tile, (product, i0, rows, j0, columns, d, ldd, out, workspace),
            const infl_product *product, int64_t i0, int64_t rows, int64_t j0, int64_t columns,
            const void *d, int64_t ldd, double *out, void *workspace)

/*
 * The rows of a convolution for lines [first, first + count) of its output, line = image * rows.output +
 * output row: elements of out, which begins with line 0, are [images, rows.output, columns.output,
 * channels, rows.kernel, columns.kernel], moved as they are stored whatever T.
 */
INFL_KERNEL(unfold, (images, first, count, out),
            const infl_images *images, int64_t first, int64_t count, void *out)
