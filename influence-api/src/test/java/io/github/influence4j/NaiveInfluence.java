/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.PartFactors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The influence through one layer by explicit matrices: G of every group, [PM, PM], from explicit
 * gradients, then (G + λI)⁻¹ by elimination. Of the library it takes the eigenvectors only.
 */
final class NaiveInfluence {
  private final NaiveLayer fitted;
  private final List<double[][]> inverses = new ArrayList<>();

  NaiveInfluence(
      NaiveLayer train, CurvatureStrategy strategy, FittedCurvature factors, Damping damping) {
    this.fitted = train;
    int size = train.outputs * train.inputs;
    List<double[][]> hessians = new ArrayList<>();
    double trace = 0;
    for (int g = 0; g < train.spec.groups(); g++) {
      double[][] hessian = hessian(train, strategy, factors, g, damping);
      hessians.add(hessian);
      for (int i = 0; i < size; i++) {
        trace += hessian[i][i];
      }
    }
    double mean = trace / size / hessians.size();
    double lambda = damping.relative() ? damping.value() * mean : damping.value();
    for (double[][] hessian : hessians) {
      for (int i = 0; strategy.kind() != CurvatureStrategy.Kind.IDENTITY && i < size; i++) {
        hessian[i][i] += lambda;
      }
      inverses.add(inverse(hessian));
    }
  }

  private static double[][] hessian(
      NaiveLayer train,
      CurvatureStrategy strategy,
      FittedCurvature factors,
      int group,
      Damping damping) {
    int size = train.outputs * train.inputs;
    double[][] out = new double[size][size];
    switch (strategy.kind()) {
      case IDENTITY -> Arrays.setAll(out, i -> unit(size, i));
      case DIAGONAL -> {
        double[] squares =
            meanSquares(train, group, identity(train.outputs), identity(train.inputs));
        Arrays.setAll(out, i -> scaled(unit(size, i), squares[i]));
      }
      case KFAC -> {
        // Per row; an absolute damping is per example.
        double unit = damping.relative() ? 1 : (double) train.rows() / train.examples();
        out = kronecker(train.covariance(group, false), train.covariance(group, true), unit);
      }
      case EKFAC -> {
        PartFactors part = factors.factors(train.spec.name()).parts().get(group);
        double[][] qs = basis(part.gradients());
        double[][] qa = basis(part.activations());
        out = recomposed(kronecker(qs, qa, 1), meanSquares(train, group, qs, qa));
      }
    }
    return out;
  }

  /** Σ over layers is the caller's; Σ over groups is here. */
  double score(NaiveLayer queries, int q, NaiveLayer train, int m) {
    double sum = 0;
    for (int g = 0; g < fitted.spec.groups(); g++) {
      double[] a = queries.gradient(g, q);
      double[] b = train.gradient(g, m);
      for (int i = 0; i < a.length; i++) {
        for (int j = 0; j < b.length; j++) {
          sum += a[i] * inverses.get(g)[i][j] * b[j];
        }
      }
    }
    return sum;
  }

  /** Block-diagonal matrix of all eigenvectors, in columns. */
  static double[][] basis(List<FactorBlock> blocks) {
    int dimension = blocks.stream().mapToInt(FactorBlock::dimension).sum();
    double[][] out = new double[dimension][dimension];
    int first = 0;
    for (FactorBlock block : blocks) {
      double[] q = block.eigenvectors().toDoubles();
      int d = block.dimension();
      for (int i = 0; i < d; i++) {
        System.arraycopy(q, i * d, out[first + i], first, d);
      }
      first += d;
    }
    return out;
  }

  /** Mean over examples of (Q_Sᵀ g Q_A)∘². */
  private static double[] meanSquares(NaiveLayer train, int group, double[][] qs, double[][] qa) {
    double[] out = new double[train.outputs * train.inputs];
    double[][] q = kronecker(qs, qa, 1);
    for (int e = 0; e < train.examples(); e++) {
      double[] g = train.gradient(group, e);
      for (int i = 0; i < out.length; i++) {
        double rotated = 0;
        for (int k = 0; k < out.length; k++) {
          rotated += q[k][i] * g[k];
        }
        out[i] += rotated * rotated / train.examples();
      }
    }
    return out;
  }

  private static double[][] kronecker(double[][] s, double[][] a, double factor) {
    int n = s.length * a.length;
    double[][] out = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        out[i][j] = factor * s[i / a.length][j / a.length] * a[i % a.length][j % a.length];
      }
    }
    return out;
  }

  /** Q diag(values) Qᵀ. */
  private static double[][] recomposed(double[][] q, double[] values) {
    int n = values.length;
    double[][] out = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < n; k++) {
          out[i][j] += q[i][k] * values[k] * q[j][k];
        }
      }
    }
    return out;
  }

  private static double[][] identity(int n) {
    double[][] out = new double[n][];
    Arrays.setAll(out, i -> unit(n, i));
    return out;
  }

  private static double[] unit(int n, int i) {
    double[] out = new double[n];
    out[i] = 1;
    return out;
  }

  private static double[] scaled(double[] values, double factor) {
    return Arrays.stream(values).map(x -> x * factor).toArray();
  }

  /** Gauss-Jordan with partial pivoting. */
  static double[][] inverse(double[][] matrix) {
    int n = matrix.length;
    double[][] a = new double[n][];
    for (int i = 0; i < n; i++) {
      a[i] = Arrays.copyOf(matrix[i], 2 * n);
      a[i][n + i] = 1;
    }
    for (int k = 0; k < n; k++) {
      int pivot = k;
      for (int i = k + 1; i < n; i++) {
        pivot = Math.abs(a[i][k]) > Math.abs(a[pivot][k]) ? i : pivot;
      }
      double[] row = a[pivot];
      a[pivot] = a[k];
      a[k] = scaled(row, 1 / row[k]);
      for (int i = 0; i < n; i++) {
        double factor = a[i][k];
        for (int j = k; i != k && factor != 0 && j < 2 * n; j++) {
          a[i][j] -= factor * a[k][j];
        }
      }
    }
    double[][] out = new double[n][];
    Arrays.setAll(out, i -> Arrays.copyOfRange(a[i], n, 2 * n));
    return out;
  }
}
