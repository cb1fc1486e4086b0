/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

/** One-sided Jacobi: {@code U·rows} stays the same while the rows become orthogonal. */
final class RowJacobi {
  private static final int MAX_SWEEPS = 60;

  /** Rows whose square is no more than this share of the largest are rounding, in any direction. */
  private static final double NOTHING = 0x1p-100;

  private RowJacobi() {}

  static void orthogonalise(DenseMatrix rows, DenseMatrix u) {
    double largest = 0;
    for (int p = 0; p < rows.rows(); p++) {
      largest = Math.max(largest, dot(rows, p, p));
    }
    for (int sweep = 0; sweep < MAX_SWEEPS; sweep++) {
      boolean rotated = false;
      for (int p = 0; p < rows.rows(); p++) {
        Interruption.check();
        for (int q = p + 1; q < rows.rows(); q++) {
          rotated |= rotate(rows, u, p, q, NOTHING * largest);
        }
      }
      if (!rotated) {
        return;
      }
    }
    throw new ArithmeticException("Jacobi SVD did not converge in " + MAX_SWEEPS + " sweeps");
  }

  private static boolean rotate(DenseMatrix rows, DenseMatrix u, int p, int q, double nothing) {
    double pp = dot(rows, p, p);
    double qq = dot(rows, q, q);
    double pq = dot(rows, p, q);
    if (Math.min(pp, qq) <= nothing || Math.abs(pq) <= 1e-15 * Math.sqrt(pp) * Math.sqrt(qq)) {
      return false;
    }
    double theta = (qq - pp) / (2 * pq);
    double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.hypot(1, theta));
    double c = 1 / Math.hypot(1, t);
    double s = t * c;
    for (int j = 0; j < rows.columns(); j++) {
      double x = rows.get(p, j);
      double y = rows.get(q, j);
      rows.values()[p * rows.columns() + j] = c * x - s * y;
      rows.values()[q * rows.columns() + j] = s * x + c * y;
    }
    for (int i = 0; i < u.rows(); i++) {
      double x = u.get(i, p);
      double y = u.get(i, q);
      u.values()[i * u.columns() + p] = c * x - s * y;
      u.values()[i * u.columns() + q] = s * x + c * y;
    }
    return true;
  }

  private static double dot(DenseMatrix m, int p, int q) {
    double sum = 0;
    for (int j = 0; j < m.columns(); j++) {
      sum += m.get(p, j) * m.get(q, j);
    }
    return sum;
  }
}
