/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

/**
 * Sizes of {@code C = op(A) op(B)}, row-major, C being m x n and k the inner size.
 *
 * @param transposed the side that is stored the other way round: A as k x m, or B as n x k
 * @param m rows of C
 * @param n columns of C
 * @param k inner size
 * @param lda elements from one row of A to the next
 * @param ldb elements from one row of B to the next
 * @param ldc elements from one row of C to the next
 */
public record Product(Side transposed, int m, int n, int k, long lda, long ldb, long ldc) {
  /** Which side is transposed. */
  enum Side {
    NONE,
    A,
    B
  }

  /** A and B as they are. */
  public static Product plain(int m, int n, int k, long lda, long ldb, long ldc) {
    return new Product(Side.NONE, m, n, k, lda, ldb, ldc);
  }

  /** A transposed. */
  public static Product transposed(int m, int n, int k, long lda, long ldb, long ldc) {
    return new Product(Side.A, m, n, k, lda, ldb, ldc);
  }

  /** B transposed. */
  public static Product byTransposed(int m, int n, int k, long lda, long ldb, long ldc) {
    return new Product(Side.B, m, n, k, lda, ldb, ldc);
  }

  /** The same with another number of rows of C. */
  public Product withRows(int rows) {
    return new Product(transposed, rows, n, k, lda, ldb, ldc);
  }

  public boolean transposeA() {
    return transposed == Side.A;
  }

  public boolean transposeB() {
    return transposed == Side.B;
  }
}
