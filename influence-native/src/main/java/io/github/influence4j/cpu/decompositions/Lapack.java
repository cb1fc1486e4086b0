/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.NativeMemory;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.openblas.global.openblas;

/** The LAPACK routines of the low-rank decomposition, in float64. */
final class Lapack {
  private Lapack() {}

  /** Replaces the columns of a row-major [rows, columns] matrix by an orthonormal basis. */
  static void orthonormalise(long matrix, int rows, int columns, int stride, long factors) {
    DoublePointer a = NativeMemory.doubles(matrix, (long) rows * stride);
    DoublePointer tau = NativeMemory.doubles(factors, columns);
    check(
        "LAPACKE_dgeqrf",
        openblas.LAPACKE_dgeqrf(openblas.LAPACK_ROW_MAJOR, rows, columns, a, stride, tau));
    check(
        "LAPACKE_dorgqr",
        openblas.LAPACKE_dorgqr(openblas.LAPACK_ROW_MAJOR, rows, columns, columns, a, stride, tau));
  }

  /**
   * Replaces a symmetric positive matrix G = RᵀR by the upper triangular R, row-major; whether that
   * was possible. The lower triangle is left as it is.
   */
  static boolean cholesky(long matrix, int n, int stride) {
    DoublePointer a = NativeMemory.doubles(matrix, (long) n * stride);
    int code = openblas.LAPACKE_dpotrf(openblas.LAPACK_COL_MAJOR, (byte) 'L', n, a, stride);
    if (code < 0) {
      check("LAPACKE_dpotrf", code);
    }
    return code == 0;
  }

  /** Replaces an upper triangular matrix, row-major, by its inverse. */
  static void invertTriangle(long matrix, int n, int stride) {
    DoublePointer a = NativeMemory.doubles(matrix, (long) n * stride);
    check(
        "LAPACKE_dtrtri",
        openblas.LAPACKE_dtrtri(openblas.LAPACK_COL_MAJOR, (byte) 'L', (byte) 'N', n, a, stride));
  }

  /** Replaces a symmetric matrix by its eigenvectors in rows, eigenvalues ascending. */
  static void eigen(long matrix, int n, int stride, long values) {
    DoublePointer a = NativeMemory.doubles(matrix, (long) n * stride);
    check(
        "LAPACKE_dsyev",
        openblas.LAPACKE_dsyev(
            openblas.LAPACK_COL_MAJOR,
            (byte) 'V',
            (byte) 'L',
            n,
            a,
            stride,
            NativeMemory.doubles(values, n)));
  }

  /** The thin decomposition {@code a = u diag(s) vt} of a column-major [rows, columns] matrix. */
  static void singularValues(
      NativeMemory a, int rows, int columns, NativeMemory s, NativeMemory u, NativeMemory vt) {
    int inner = Math.min(rows, columns);
    check(
        "LAPACKE_dgesdd",
        openblas.LAPACKE_dgesdd(
            openblas.LAPACK_COL_MAJOR,
            (byte) 'S',
            rows,
            columns,
            a.doubles(0),
            rows,
            s.doubles(0),
            u.doubles(0),
            rows,
            vt.doubles(0),
            inner));
  }

  private static void check(String function, int code) {
    if (code > 0) {
      throw failure(
          "did not converge; try another rank, or leave the queries untruncated.",
          new NativeException(function, code, "no convergence"));
    }
    if (code < 0) {
      // LAPACKE looks for NaN in its arguments, which are right otherwise.
      throw failure(
          "met numbers that are not finite; the data overflow, scale the loss down.",
          new NativeException(function, code, "argument " + -code + " is not valid"));
    }
  }

  private static ArithmeticException failure(String what, NativeException cause) {
    ArithmeticException failure =
        new ArithmeticException("a query's singular value decomposition " + what);
    failure.initCause(cause);
    return failure;
  }
}
