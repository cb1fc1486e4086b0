/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static io.github.influence4j.spi.contract.Closeness.assertEachNear;
import static io.github.influence4j.spi.contract.Closeness.norm;
import static io.github.influence4j.spi.contract.Operations.filled;
import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Eigendecompositions in float64. */
@Tag("eigen")
abstract class EigenContract extends BackendContract {
  EigenContract(BackendProvider backends) {
    super(backends);
  }

  private static List<Matrix> symmetricMatrices() {
    Random random = SeededRandom.at("eigen");
    List<Matrix> out = new ArrayList<>();
    for (int n : new int[] {1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100, 130}) {
      Matrix x = Matrix.gaussian(random, n, n + 3);
      out.add(x.times(x.transposed()));
    }
    Matrix thin = Matrix.gaussian(random, 33, 5);
    out.add(thin.times(thin.transposed()));
    out.add(Matrix.zeros(1, 1));
    out.add(Matrix.zeros(17, 17));
    out.add(Matrix.identity(16));
    out.add(Matrix.diagonal(3, 1, 3, 2, 1, 0, 3));
    out.add(new Matrix(8, 8, filled(64, 1)));
    Matrix g = Matrix.gaussian(random, 15, 15);
    out.add(g.plus(g.transposed()));
    out.add(g.times(g.transposed()).times(1e-200));
    out.add(g.times(g.transposed()).times(1e+150));
    Matrix graded = Matrix.diagonal(1e-12, 1e-9, 1e-6, 1e-3, 1);
    Matrix q = Matrix.orthonormal(random, 5);
    Matrix full = q.times(graded).times(q.transposed());
    out.add(full.plus(full.transposed()).times(0.5));
    return out;
  }

  /** The results are freed with the session. */
  private static List<SymmetricEigen> decompose(Session session, List<double[]> inputs) {
    List<SymmetricEigen> results = session.backend().eigendecompose(inputs);
    results.forEach(eigen -> session.keep(eigen.vectors()));
    return results;
  }

  /**
   * Backward stability in float64: {@code ‖C − QΛQᵀ‖ ≤ 50·n·u·‖C‖}, and Q as orthogonal; Jacobi
   * makes about ten sweeps of n rotations, each off by a few u.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void eigendecomposes(Precision precision) {
    List<Matrix> matrices = symmetricMatrices();
    try (Session session = open(precision);
        Session wide = open(Precision.F64);
        Session oracle = reference()) {
      List<double[]> inputs = matrices.stream().map(m -> m.values().clone()).toList();
      List<SymmetricEigen> results = decompose(session, inputs);
      List<SymmetricEigen> unrounded = decompose(wide, inputs);
      List<SymmetricEigen> expected = decompose(oracle, inputs);
      assertThat(results).hasSameSizeAs(matrices);
      for (int i = 0; i < matrices.size(); i++) {
        Matrix c = matrices.get(i);
        SymmetricEigen eigen = results.get(i);
        int n = c.rows();
        String what = "matrix %d of dimension %d".formatted(i, n);
        double bound = 50 * n * 0x1p-53;
        assertThat(inputs.get(i)).as(what + " unchanged").containsExactly(c.values());
        assertThat(eigen.vectors().shape()).as(what).containsExactly(n, n);
        assertThat(eigen.values()).as(what).hasSize(n).isSorted();
        double[] vectors = unrounded.get(i).vectors().toDoubles();
        double[] rounded = session.upload(vectors, n, n).toDoubles();
        assertSameBits(what + " vectors", eigen.vectors().toDoubles(), rounded);
        Matrix q = new Matrix(n, n, vectors);
        Matrix product = q.times(Matrix.diagonal(eigen.values())).times(q.transposed());
        double norm = scaledNorm(c);
        assertThat(scaledNorm(product.minus(c))).as(what).isLessThanOrEqualTo(bound * norm);
        assertThat(q.transposed().times(q).minus(Matrix.identity(n)).norm())
            .as(what + " orthogonality")
            .isLessThanOrEqualTo(bound);
        double[] theirs = expected.get(i).values();
        assertEachNear(what + " eigenvalues", eigen.values(), theirs, k -> 2 * bound * norm);
      }
    }
  }

  /** Frobenius norm without underflow or overflow of the squares. */
  private static double scaledNorm(Matrix m) {
    double largest = Arrays.stream(m.values()).map(Math::abs).max().orElse(0);
    return largest == 0 ? 0 : m.times(1 / largest).norm() * largest;
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void eigendecompositionsDependOnTheMatrixAlone(Precision precision) {
    List<double[]> inputs = symmetricMatrices().stream().map(Matrix::values).toList();
    try (Session session = open(precision, 3);
        Session single = open(precision, 1)) {
      List<SymmetricEigen> together = decompose(session, inputs);
      for (int i = 0; i < inputs.size(); i++) {
        SymmetricEigen alone = decompose(single, List.of(inputs.get(i))).get(0);
        assertSameBits("values of " + i, together.get(i).values(), alone.values());
        assertSameBits(
            "vectors of " + i, together.get(i).vectors().toDoubles(), alone.vectors().toDoubles());
      }
      assertThat(session.backend().eigendecompose(List.of())).isEmpty();
    }
  }
}
