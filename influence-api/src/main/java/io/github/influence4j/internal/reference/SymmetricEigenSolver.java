/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Cyclic Jacobi eigenvalue algorithm (Golub and Van Loan, Matrix Computations, section 8.5): plane
 * rotations zero one off-diagonal element after the other until all are negligible.
 */
final class SymmetricEigenSolver {
  private static final int MAX_SWEEPS = 60;

  private SymmetricEigenSolver() {}

  /**
   * {@code A = Q diag(λ) Qᵀ}.
   *
   * @param values ascending
   * @param vectors [n, n] row-major: eigenvectors in columns
   */
  record Result(double[] values, double[] vectors) {}

  static Result solve(double[] matrix) {
    int n = (int) Math.round(Math.sqrt(matrix.length));
    double[] a = matrix.clone();

    // Rows of v are the eigenvectors: rotating two of them then runs along memory.
    double[] v = new double[n * n];
    for (int i = 0; i < n; i++) {
      v[i * n + i] = 1;
    }
    double norm = Math.sqrt(Arrays.stream(a).map(x -> x * x).sum());
    double negligible = norm * 0x1p-53 / Math.max(1, n);
    int sweep = 0;
    while (largestOffDiagonal(a, n) > negligible) {
      if (sweep++ == MAX_SWEEPS) {
        throw new ArithmeticException("Jacobi did not converge in " + MAX_SWEEPS + " sweeps");
      }
      for (int p = 0; p < n; p++) {
        Interruption.check();
        for (int q = p + 1; q < n; q++) {
          if (Math.abs(a[p * n + q]) > negligible) {
            rotate(a, v, n, p, q);
          }
        }
      }
    }
    return sorted(a, v, n);
  }

  private static double largestOffDiagonal(double[] a, int n) {
    double largest = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        largest = Math.max(largest, Math.abs(a[i * n + j]));
      }
    }
    return largest;
  }

  /** Makes a[p][q] zero by {@code A ← JᵀAJ} and records the rotation in the vectors. */
  private static void rotate(double[] a, double[] v, int n, int p, int q) {
    double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
    double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.hypot(1, theta));
    double c = 1 / Math.hypot(1, t);
    double s = t * c;
    double off = a[p * n + q];
    a[p * n + p] -= t * off;
    a[q * n + q] += t * off;
    a[p * n + q] = 0;
    a[q * n + p] = 0;
    for (int k = 0; k < n; k++) {
      if (k != p && k != q) {
        double x = a[p * n + k];
        double y = a[q * n + k];
        a[p * n + k] = c * x - s * y;
        a[k * n + p] = a[p * n + k];
        a[q * n + k] = s * x + c * y;
        a[k * n + q] = a[q * n + k];
      }
      double x = v[p * n + k];
      double y = v[q * n + k];
      v[p * n + k] = c * x - s * y;
      v[q * n + k] = s * x + c * y;
    }
  }

  private static Result sorted(double[] a, double[] v, int n) {
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> a[i * n + i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] values = new double[n];
    double[] vectors = new double[n * n];
    for (int j = 0; j < n; j++) {
      values[j] = a[order[j] * n + order[j]];
      for (int i = 0; i < n; i++) {
        vectors[i * n + j] = v[order[j] * n + i];
      }
    }
    return new Result(values, vectors);
  }
}
