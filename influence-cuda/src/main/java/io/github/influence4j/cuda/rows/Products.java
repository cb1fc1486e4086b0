/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Product;

/**
 * Matrix products in the backend's precision, by cuBLAS or by our kernel.
 *
 * <p>cuBLAS chooses its kernel, and with it the order of the sums, by the sizes of the call. It is
 * therefore given calls of sizes that a layer determines, one matrix each; rows of examples go in
 * groups of exactly {@link #ROWS}. Its documentation promises the same bits for the same call; that
 * a row's bits do not depend on its place within a call follows from how its kernels tile, is not
 * promised, and is tested wherever the contract tests run. Our kernel promises both.
 */
public final class Products {
  /**
   * Rows of one call of cuBLAS; operands with rows of examples are allocated in multiples of it.
   */
  static final int ROWS = 512;

  // Of what cuBLAS looks at, too: matrices that do not all begin at such addresses are not for it.
  private static final long ALIGNMENT = 16;

  private final Engine engine;
  private final Gemm gemm;
  private final int blasFrom;

  /**
   * Products of an engine.
   *
   * @param gemm multiplies
   * @param blasFrom those whose inner and column sizes are at least this go to cuBLAS
   */
  public Products(Engine engine, Gemm gemm, int blasFrom) {
    this.engine = engine;
    this.gemm = gemm;
    this.blasFrom = blasFrom;
  }

  /** A number of rows, rounded up to what {@link #multiplyRows} reads and writes. */
  long paddedRows(long rows) {
    return (rows + ROWS - 1) / ROWS * ROWS;
  }

  /**
   * {@code C[i] = op(A[i]) op(B[i])} for matrices of sizes that a layer determines.
   *
   * @param p the sizes
   * @param a the first A
   * @param strideA elements from one A to the next, 0 for one A
   * @param b the first B
   * @param strideB elements from one B to the next, 0 for one B
   * @param c the first C
   * @param strideC elements from one C to the next
   * @param count number of products
   */
  public void multiply(
      Product p, long a, long strideA, long b, long strideB, long c, long strideC, int count) {
    int bytes = engine.elementBytes();
    if (!byBlas(p) || (strideA | strideB | strideC) * bytes % ALIGNMENT != 0) {
      gemm.kernel(p, a, strideA, b, strideB, c, strideC, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      gemm.blas(p, a + i * strideA * bytes, b + i * strideB * bytes, c + i * strideC * bytes);
    }
  }

  /**
   * {@code C = A op(B)} where the rows of A, any number, belong to examples. Both A and C have room
   * for {@link #paddedRows}; what A has there is cleared as far as it is read.
   */
  void multiplyRows(Product p, long a, long b, long c) {
    if (!byBlas(p)) {
      gemm.kernel(p, a, b, c);
      return;
    }
    Product group = p.withRows(ROWS);
    int bytes = engine.elementBytes();
    long pitch = p.lda() * bytes;
    engine.clear(a + p.m() * pitch, pitch, (long) p.k() * bytes, paddedRows(p.m()) - p.m());
    for (long row = 0; row < p.m(); row += ROWS) {
      gemm.blas(group, a + row * pitch, b, c + row * p.ldc() * bytes);
    }
  }

  private boolean byBlas(Product p) {
    return Math.min(p.n(), p.k()) >= blasFrom;
  }
}
