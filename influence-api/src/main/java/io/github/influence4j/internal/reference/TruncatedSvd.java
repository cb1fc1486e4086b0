/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

import io.github.influence4j.capture.CounterRandom;
import io.github.influence4j.spi.Truncation;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * {@code X ≈ left rightᵀ} with {@code left = U_r Σ_r} and {@code right = V_r}.
 *
 * @param left [P, r]
 * @param right [M, r]
 */
record TruncatedSvd(DenseMatrix left, DenseMatrix right) {
  private static final int OVERSAMPLING = 10;
  private static final int POWER_ITERATIONS = 2;

  static TruncatedSvd of(DenseMatrix x, Truncation truncation) {
    if (!truncation.randomised()) {
      return full(x, truncation.rank());
    }
    // Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1.
    int width = Math.min(truncation.rank() + OVERSAMPLING, Math.min(x.rows(), x.columns()));
    DenseMatrix q = orthonormal(x.times(testMatrix(x.columns(), width, truncation.seed())));
    for (int i = 0; i < POWER_ITERATIONS; i++) {
      q = orthonormal(x.times(orthonormal(x.transposed().times(q))));
    }
    TruncatedSvd small = full(q.transposed().times(x), truncation.rank());
    return new TruncatedSvd(q.times(small.left), small.right);
  }

  private static DenseMatrix testMatrix(int rows, int columns, long seed) {
    DenseMatrix omega = DenseMatrix.zeros(rows, columns);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        omega.add(i, j, CounterRandom.gaussian(seed, i, j));
      }
    }
    return omega;
  }

  /**
   * By one-sided Jacobi (Hestenes 1958) on the shorter side: rotates rows of X (or of its
   * transpose) until all are orthogonal; their norms are the singular values.
   */
  private static TruncatedSvd full(DenseMatrix x, int rank) {
    if (x.rows() > x.columns()) {
      TruncatedSvd flipped = full(x.transposed(), rank);
      return new TruncatedSvd(scaled(flipped.right, flipped.left), normalised(flipped.left));
    }
    // X Xᵀ = U Σ² Uᵀ starts the rotation near the end; the row Jacobi then restores full accuracy.
    SymmetricEigenSolver.Result start =
        SymmetricEigenSolver.solve(x.times(x.transposed()).values());
    int n = x.rows();
    DenseMatrix u = DenseMatrix.zeros(n, n);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        u.add(i, j, start.vectors()[i * n + (n - 1 - j)]);
      }
    }
    DenseMatrix rows = u.transposed().times(x);
    RowJacobi.orthogonalise(rows, u);
    return thin(rows, u, rank);
  }

  /** From U (columns) and ΣVᵀ (rows) to the factors, strongest first. */
  private static TruncatedSvd thin(DenseMatrix scaledRight, DenseMatrix u, int rank) {
    double[] norms = new double[scaledRight.rows()];
    DenseMatrix columns = scaledRight.transposed();
    Arrays.setAll(norms, k -> norm(columns, k));
    int[] order =
        IntStream.range(0, norms.length)
            .boxed()
            .sorted(Comparator.comparingDouble(k -> -norms[k]))
            .limit(rank)
            .mapToInt(Integer::intValue)
            .toArray();
    DenseMatrix left = DenseMatrix.zeros(u.rows(), order.length);
    DenseMatrix right = DenseMatrix.zeros(columns.rows(), order.length);
    for (int k = 0; k < order.length; k++) {
      double norm = norms[order[k]];
      for (int i = 0; i < u.rows(); i++) {
        left.add(i, k, u.get(i, order[k]) * norm);
      }
      for (int j = 0; j < columns.rows(); j++) {
        right.add(j, k, norm == 0 ? 0 : columns.get(j, order[k]) / norm);
      }
    }
    return new TruncatedSvd(left, right);
  }

  private static DenseMatrix normalised(DenseMatrix m) {
    DenseMatrix out = DenseMatrix.zeros(m.rows(), m.columns());
    for (int k = 0; k < m.columns(); k++) {
      double norm = norm(m, k);
      for (int i = 0; i < m.rows(); i++) {
        out.add(i, k, norm == 0 ? 0 : m.get(i, k) / norm);
      }
    }
    return out;
  }

  private static DenseMatrix scaled(DenseMatrix m, DenseMatrix norms) {
    DenseMatrix out = DenseMatrix.zeros(m.rows(), m.columns());
    for (int k = 0; k < m.columns(); k++) {
      double norm = norm(norms, k);
      for (int i = 0; i < m.rows(); i++) {
        out.add(i, k, m.get(i, k) * norm);
      }
    }
    return out;
  }

  private static double norm(DenseMatrix m, int column) {
    double norm = 0;
    for (int i = 0; i < m.rows(); i++) {
      norm = Math.hypot(norm, m.get(i, column));
    }
    return norm;
  }

  /** Gram-Schmidt, each column twice (Giraud et al. 2005: twice is enough). */
  private static DenseMatrix orthonormal(DenseMatrix y) {
    DenseMatrix q = new DenseMatrix(y.rows(), y.columns(), y.values().clone());
    for (int k = 0; k < q.columns(); k++) {
      double before = norm(q, k);
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < k; j++) {
          double dot = 0;
          for (int i = 0; i < q.rows(); i++) {
            dot += q.get(i, j) * q.get(i, k);
          }
          for (int i = 0; i < q.rows(); i++) {
            q.add(i, k, -dot * q.get(i, j));
          }
        }
      }
      double norm = norm(q, k);
      boolean dependent = norm <= before * 1e-14;
      for (int i = 0; i < q.rows(); i++) {
        q.values()[i * q.columns() + k] = dependent ? 0 : q.get(i, k) / norm;
      }
    }
    return q;
  }

  DenseMatrix product() {
    return left.times(right.transposed());
  }
}
