/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.toy;

import io.github.influence4j.spi.Truncation;
import io.github.influence4j.spi.support.TestMatrix;
import io.github.influence4j.testing.Matrix;
import java.util.stream.IntStream;

/** Jacobi's method (1846), and singular values by it. */
final class Decompositions {
  private static final int SWEEPS = 60;

  private Decompositions() {}

  /** X ≈ left rightᵀ, the singular values on the left. */
  record Thin(Matrix left, Matrix right) {}

  /** Eigenvalues, ascending, and [n, n] eigenvectors in columns. */
  record Eigen(double[] values, double[] vectors) {}

  static Eigen eigen(double[] matrix) {
    int n = (int) Math.round(Math.sqrt(matrix.length));
    // Away from the ends of the range, where squares would be lost.
    double largest =
        IntStream.range(0, n * n).mapToDouble(i -> Math.abs(matrix[i])).max().orElse(0);
    int exponent = largest == 0 ? 0 : Math.getExponent(largest);
    double[] a = new double[n * n];
    for (int i = 0; i < n * n; i++) {
      a[i] =
          Math.scalb(matrix[i], -exponent) / 2
              + Math.scalb(matrix[i % n * n + i / n], -exponent) / 2;
    }
    double[] q = Matrix.identity(n).values();
    for (int sweep = 0, rotated = 1; rotated > 0; sweep++) {
      if (sweep == SWEEPS) {
        throw new ArithmeticException("Jacobi did not converge");
      }
      rotated = 0;
      for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
          rotated += rotate(a, q, n, i, j);
        }
      }
    }
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted((x, y) -> Double.compare(a[x * n + x], a[y * n + y]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] values =
        IntStream.of(order).mapToDouble(k -> Math.scalb(a[k * n + k], exponent)).toArray();
    double[] vectors = new double[n * n];
    for (int i = 0; i < n * n; i++) {
      vectors[i] = q[i / n * n + order[i % n]];
    }
    return new Eigen(values, vectors);
  }

  /** Makes element (i, j) 0; whether it was not. */
  private static int rotate(double[] a, double[] q, int n, int i, int j) {
    double off = a[i * n + j];
    double scale = Math.abs(a[i * n + i]) + Math.abs(a[j * n + j]);
    if (off == 0 || (Math.abs(off) <= 0x1p-54 * scale && Math.abs(off) < 0x1p-56)) {
      return 0;
    }
    double theta = (a[j * n + j] - a[i * n + i]) / (2 * off);
    double t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(1, theta));
    double c = 1 / Math.hypot(1, t);
    double s = t * c;
    for (int k = 0; k < n; k++) {
      turn(a, k * n + i, k * n + j, c, s);
      turn(q, k * n + i, k * n + j, c, s);
    }
    for (int k = 0; k < n; k++) {
      turn(a, i * n + k, j * n + k, c, s);
    }
    a[i * n + j] = 0;
    a[j * n + i] = 0;
    return 1;
  }

  private static void turn(double[] x, int first, int second, double c, double s) {
    double a = x[first];
    double b = x[second];
    x[first] = c * a - s * b;
    x[second] = s * a + c * b;
  }

  /** Cut after the rank; Halko, Martinsson and Tropp 2011 where it is randomised. */
  static Thin truncated(Matrix x, Truncation truncation) {
    if (!truncation.randomised()) {
      return full(x, truncation.rank());
    }
    int width = TestMatrix.width(truncation.rank(), x.rows(), x.columns());
    double[] test = TestMatrix.of(truncation.seed(), x.columns(), width);
    Matrix q = orthonormal(x.times(new Matrix(x.columns(), width, test)));
    for (int i = 0; i < 2; i++) {
      q = orthonormal(x.times(orthonormal(x.transposed().times(q))));
    }
    Thin small = full(q.transposed().times(x), truncation.rank());
    return new Thin(q.times(small.left), small.right);
  }

  /** Gram and Schmidt, twice; columns that depend on those before become 0. */
  private static Matrix orthonormal(Matrix y) {
    Matrix q = y.times(1);
    for (int k = 0; k < q.columns(); k++) {
      double before = column(q, k).norm();
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < k; j++) {
          Matrix other = column(q, j);
          put(q, k, column(q, k).minus(other.times(other.dot(column(q, k)))));
        }
      }
      double norm = column(q, k).norm();
      put(q, k, column(q, k).times(norm <= before * 1e-14 ? 0 : 1 / norm));
    }
    return q;
  }

  private static Matrix column(Matrix x, int k) {
    return Matrix.column(IntStream.range(0, x.rows()).mapToDouble(i -> x.get(i, k)).toArray());
  }

  private static void put(Matrix x, int k, Matrix column) {
    IntStream.range(0, x.rows()).forEach(i -> x.set(i, k, column.get(i, 0)));
  }

  private static Thin full(Matrix x, int rank) {
    int n = x.rows();
    Eigen eigen = eigen(x.times(x.transposed()).values());
    Matrix vectors = new Matrix(n, n, eigen.vectors());
    Matrix left = Matrix.zeros(n, rank);
    Matrix right = Matrix.zeros(x.columns(), rank);
    for (int k = 0; k < Math.min(rank, n); k++) {
      Matrix u = column(vectors, n - 1 - k);
      double sigma = Math.sqrt(Math.max(0, eigen.values()[n - 1 - k]));
      put(left, k, u.times(sigma));
      put(right, k, x.transposed().times(u).times(sigma == 0 ? 0 : 1 / sigma));
    }
    return new Thin(left, right);
  }
}
