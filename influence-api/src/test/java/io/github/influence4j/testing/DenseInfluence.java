/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.internal.reference.ReferenceBackend;
import io.github.influence4j.spi.SymmetricEigen;
import java.util.ArrayList;
import java.util.List;

/**
 * Influence by explicit algebra: one dense matrix [PM, PM] for the Hessian of a layer, solved by
 * Gaussian elimination. Gradients are vectors, row by row, so that {@code vec(S X A) = (S ⊗ A)
 * vec(X)}. From the library it takes the eigendecomposition only, whose residual is tested.
 *
 * @param basis Q_S ⊗ Q_A
 * @param eigenvalues Λ
 * @param perExample what Λ is multiplied by to be per example: rows per example for KFAC, else 1
 */
public record DenseInfluence(Matrix basis, double[] eigenvalues, double perExample) {

  /** Fits a layer. */
  public static DenseInfluence fit(TestExamples train, CurvatureStrategy strategy) {
    int size = train.outputs() * train.inputs();
    Matrix basis = Matrix.identity(size);
    Matrix qa = Matrix.identity(train.inputs());
    Matrix qs = Matrix.identity(train.outputs());
    Matrix a = covariance(train.activations(), strategy.blocks());
    Matrix s = covariance(train.gradients(), strategy.blocks());
    if (strategy.factored()) {
      qa = eigenvectors(a, strategy.blocks());
      qs = eigenvectors(s, strategy.blocks());
      basis = qs.kronecker(qa);
    }
    Matrix hessian =
        switch (strategy.kind()) {
          case IDENTITY -> Matrix.identity(size);
          case KFAC -> s.kronecker(a);
          case DIAGONAL, EKFAC -> fisher(train);
        };
    Matrix rotated = basis.transposed().times(hessian).times(basis);
    double[] eigenvalues = new double[size];
    for (int i = 0; i < size; i++) {
      eigenvalues[i] = Math.max(0, rotated.get(i, i));
    }
    boolean perRow = strategy.kind() == CurvatureStrategy.Kind.KFAC;
    double rows = (double) train.rowCount() / train.count();
    return new DenseInfluence(basis, eigenvalues, perRow ? rows : 1);
  }

  /** {@code (1/n) Σ x xᵀ} without what lies outside the diagonal blocks. */
  public static Matrix covariance(TestRows rows, int blocks) {
    int d = rows.dimension();
    Matrix sum = Matrix.zeros(d, d);
    for (int r = 0; r < rows.values().length; r++) {
      Matrix x = Matrix.column(rows.row(r));
      sum = sum.plus(x.times(x.transposed()));
    }
    Matrix mean = sum.times(1.0 / rows.values().length);
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        if (block(i, d, blocks) != block(j, d, blocks)) {
          mean.set(i, j, 0);
        }
      }
    }
    return mean;
  }

  private static int[] offsets(int dimension, int blocks) {
    int count = Math.min(blocks, dimension);
    int[] out = new int[count + 1];
    for (int b = 0; b <= count; b++) {
      out[b] = dimension * b / count;
    }
    return out;
  }

  private static int block(int feature, int dimension, int blocks) {
    int[] offsets = offsets(dimension, blocks);
    int b = 0;
    while (feature >= offsets[b + 1]) {
      b++;
    }
    return b;
  }

  private static Matrix eigenvectors(Matrix covariance, int blocks) {
    int[] offsets = offsets(covariance.rows(), blocks);
    List<Matrix> vectors = new ArrayList<>();
    for (int b = 0; b + 1 < offsets.length; b++) {
      int d = offsets[b + 1] - offsets[b];
      Matrix block = Matrix.zeros(d, d);
      for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++) {
          block.set(i, j, covariance.get(offsets[b] + i, offsets[b] + j));
        }
      }
      vectors.add(eigenvectors(block));
    }
    return Matrix.blockDiagonal(vectors);
  }

  private static Matrix eigenvectors(Matrix symmetric) {
    return eigen(symmetric).vectors();
  }

  /** Eigenvalues, ascending, and eigenvectors in columns. */
  public record Eigen(double[] values, Matrix vectors) {}

  /** By the reference backend. */
  public static Eigen eigen(Matrix symmetric) {
    try (ReferenceBackend backend = new ReferenceBackend();
        SymmetricEigen eigen = backend.eigendecompose(List.of(symmetric.values())).get(0)) {
      int n = symmetric.rows();
      return new Eigen(eigen.values(), new Matrix(n, n, eigen.vectors().toDoubles()));
    }
  }

  /** {@code (1/m) Σ vec(g) vec(g)ᵀ}. */
  public static Matrix fisher(TestExamples examples) {
    int size = examples.outputs() * examples.inputs();
    Matrix sum = Matrix.zeros(size, size);
    for (int e = 0; e < examples.count(); e++) {
      Matrix g = Matrix.column(examples.gradient(e).values());
      sum = sum.plus(g.times(g.transposed()));
    }
    return sum.times(1.0 / examples.count());
  }

  /** {@code QΛQᵀ}, in the units of Λ. */
  public Matrix hessian() {
    return basis.times(Matrix.diagonal(eigenvalues)).times(basis.transposed());
  }

  /** {@code (G + λI)⁻¹ vec(g)} by a dense solve; IDENTITY is not damped. */
  public Matrix solve(Matrix gradient, CurvatureStrategy strategy, Damping damping) {
    Matrix vector = Matrix.column(gradient.values());
    if (strategy.kind() == CurvatureStrategy.Kind.IDENTITY) {
      return vector;
    }
    double mean = 0;
    for (double value : eigenvalues) {
      mean += value / eigenvalues.length;
    }
    Matrix identity = Matrix.identity(eigenvalues.length);
    return damping.relative()
        ? hessian().plus(identity.times(damping.value() * mean)).solve(vector)
        : hessian().times(perExample).plus(identity.times(damping.value())).solve(vector);
  }

  /** [queries][examples], of one layer. */
  public static double[][] scores(
      TestExamples fitted,
      TestExamples queries,
      TestExamples train,
      CurvatureStrategy strategy,
      Damping damping) {
    DenseInfluence dense = fit(fitted, strategy);
    double[][] out = new double[queries.count()][train.count()];
    for (int q = 0; q < queries.count(); q++) {
      Matrix v = dense.solve(queries.gradient(q), strategy, damping);
      for (int e = 0; e < train.count(); e++) {
        out[q][e] = v.dot(Matrix.column(train.gradient(e).values()));
      }
    }
    return out;
  }
}
