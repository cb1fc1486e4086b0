/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import org.bytedeco.openblas.global.openblas;

/** The LAPACK routines of the low-rank decomposition, column-major and in float64. */
final class Lapack {
  private Lapack() {}

  /** Replaces the columns of an [rows, columns] matrix by an orthonormal basis of their span. */
  static void orthonormalise(NativeMemory matrix, int rows, int columns, NativeMemory factors) {
    check(
        "LAPACKE_dgeqrf",
        openblas.LAPACKE_dgeqrf(
            openblas.LAPACK_COL_MAJOR, rows, columns, matrix.doubles(0), rows, factors.doubles(0)));
    check(
        "LAPACKE_dorgqr",
        openblas.LAPACKE_dorgqr(
            openblas.LAPACK_COL_MAJOR,
            rows,
            columns,
            columns,
            matrix.doubles(0),
            rows,
            factors.doubles(0)));
  }

  /** The thin decomposition {@code a = u diag(s) vt} of an [rows, columns] matrix. */
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
      throw new ArithmeticException(
          "A query's singular value decomposition did not converge ("
              + function
              + " returned "
              + code
              + ")");
    }
    if (code != 0) {
      throw new NativeException(function, code, "argument " + -code + " is not valid");
    }
  }
}
