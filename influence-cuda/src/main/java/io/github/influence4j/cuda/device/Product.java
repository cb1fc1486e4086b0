/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

/**
 * Sizes of {@code C = op(A) op(B)}, row-major, C being m x n and k the inner size.
 *
 * @param transposeA whether A is stored k x m
 * @param transposeB whether B is stored n x k
 * @param m rows of C
 * @param n columns of C
 * @param k inner size
 * @param lda elements from one row of A to the next
 * @param ldb elements from one row of B to the next
 * @param ldc elements from one row of C to the next
 */
public record Product(
    boolean transposeA, boolean transposeB, int m, int n, int k, long lda, long ldb, long ldc) {
  /** A and B as they are. */
  public static Product plain(int m, int n, int k, long lda, long ldb, long ldc) {
    return new Product(false, false, m, n, k, lda, ldb, ldc);
  }

  /** A transposed. */
  public static Product transposed(int m, int n, int k, long lda, long ldb, long ldc) {
    return new Product(true, false, m, n, k, lda, ldb, ldc);
  }

  /** B transposed. */
  public static Product byTransposed(int m, int n, int k, long lda, long ldb, long ldc) {
    return new Product(false, true, m, n, k, lda, ldb, ldc);
  }
}
