/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import io.github.influence4j.spi.support.BackendOperations;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;

/**
 * {@code C = H T Hᵀ} with T tridiagonal by Householder reflections: LAPACK's dsytrd with the lower
 * triangle, column for column and bit for bit, but it can be given up after each column. The most
 * of it is one product of a column with the matrix that is left, as fast as that can be read.
 */
final class Tridiagonalisation {
  /** Columns whose reflections reach the rest of the matrix together; LAPACK's own choice. */
  private static final int PANEL = 32;

  /** What LAPACK may do in one call: a few hundredths of a second. */
  private static final int SMALL = 512;

  /** A pointer that is set to one address after the other, for making one takes longer. */
  private static final class Doubles extends DoublePointer {
    Doubles() {
      super((Pointer) null);
    }

    Doubles at(long value) {
      address = value;
      return this;
    }
  }

  private final BackendOperations operations;
  private final int n;
  private final long matrix;
  private final long diagonal;
  private final long offDiagonal;
  private final long scales;
  private final long work;
  private final Doubles a = new Doubles();
  private final Doubles b = new Doubles();
  private final Doubles c = new Doubles();

  /**
   * A matrix to reduce.
   *
   * @param operations ends an operation that was given up
   * @param n its dimension
   * @param matrix column-major [n, n]; its lower triangle is replaced by the reflectors
   * @param diagonal receives n numbers
   * @param offDiagonal receives n - 1 numbers
   * @param scales receives the n - 1 scales of the reflectors
   * @param work at least 32 n numbers
   */
  Tridiagonalisation(
      BackendOperations operations,
      int n,
      long matrix,
      long diagonal,
      long offDiagonal,
      long scales,
      long work) {
    this.operations = operations;
    this.n = n;
    this.matrix = matrix;
    this.diagonal = diagonal;
    this.offDiagonal = offDiagonal;
    this.scales = scales;
    this.work = work;
  }

  /**
   * Reduces the matrix.
   *
   * @param words the size of the work space
   * @return 0, or the error code of LAPACK
   */
  int run(int words) {
    int first = 0;
    for (; n - first > SMALL; first += PANEL) {
      for (int column = 0; column < PANEL; column++) {
        operations.checkInterrupted();
        reduce(first, column);
      }
      reduceRest(first);
    }
    int left = n - first;
    return openblas.LAPACKE_dsytrd_work(
        openblas.LAPACK_COL_MAJOR,
        (byte) 'L',
        left,
        a.at(element(first, first)),
        Math.max(1, n),
        b.at(diagonal + 8L * first),
        c.at(offDiagonal + 8L * first),
        new Doubles().at(scales + 8L * first),
        new Doubles().at(work),
        words);
  }

  private long element(int row, int column) {
    return matrix + 8 * ((long) column * n + row);
  }

  /** Of W [n, PANEL], row 0 being that of the panel's first column. */
  private long w(int row, int column) {
    return work + 8 * ((long) column * n + row);
  }

  /**
   * One column of a panel (dlatrd): V holds the reflectors below the diagonal, W what {@code A -= V
   * Wᵀ + W Vᵀ} takes.
   */
  private void reduce(int first, int column) {
    int j = first + column;
    int rows = n - j;
    multiply(false, rows, column, -1, element(j, first), w(column, 0), n, element(j, j), 1);
    multiply(false, rows, column, -1, w(column, 0), element(j, first), n, element(j, j), 1);

    int below = rows - 1;
    long v = element(j + 1, j);
    long scale = scales + 8L * j;
    openblas.LAPACKE_dlarfg_work(
        below, a.at(v), b.at(element(Math.min(j + 2, n - 1), j)), 1, c.at(scale));
    double tau = c.get();
    b.at(offDiagonal + 8L * j).put(a.get());
    a.put(1);

    long out = w(column + 1, column);
    long top = w(0, column);
    openblas.cblas_dsymv(
        openblas.CblasColMajor,
        openblas.CblasLower,
        below,
        1,
        a.at(element(j + 1, j + 1)),
        n,
        b.at(v),
        1,
        0,
        c.at(out),
        1);
    multiply(true, below, column, 1, w(column + 1, 0), v, 1, top, 0);
    multiply(false, below, column, -1, element(j + 1, first), top, 1, out, 1);
    multiply(true, below, column, 1, element(j + 1, first), v, 1, top, 0);
    multiply(false, below, column, -1, w(column + 1, 0), top, 1, out, 1);
    openblas.cblas_dscal(below, tau, c.at(out), 1);
    double alpha = -0.5 * tau * openblas.cblas_ddot(below, c, 1, b.at(v), 1);
    openblas.cblas_daxpy(below, alpha, b, 1, c, 1);
  }

  /** {@code y = beta y + alpha op(X) x}, X being [rows, columns] with n from column to column. */
  private void multiply(
      boolean transposed,
      int rows,
      int columns,
      double alpha,
      long matrixX,
      long x,
      int step,
      long y,
      double beta) {
    if (columns == 0) {
      return;
    }
    openblas.cblas_dgemv(
        openblas.CblasColMajor,
        transposed ? openblas.CblasTrans : openblas.CblasNoTrans,
        rows,
        columns,
        alpha,
        a.at(matrixX),
        n,
        b.at(x),
        step,
        beta,
        c.at(y),
        1);
  }

  /** What a panel does to the columns after it. */
  private void reduceRest(int first) {
    int next = first + PANEL;
    openblas.cblas_dsyr2k(
        openblas.CblasColMajor,
        openblas.CblasLower,
        openblas.CblasNoTrans,
        n - next,
        PANEL,
        -1,
        a.at(element(next, first)),
        n,
        b.at(w(PANEL, 0)),
        n,
        1,
        c.at(element(next, next)),
        n);
    for (int j = first; j < next; j++) {
      double off = a.at(offDiagonal + 8L * j).get();
      b.at(element(j + 1, j)).put(off);
      double on = a.at(element(j, j)).get();
      b.at(diagonal + 8L * j).put(on);
    }
  }
}
