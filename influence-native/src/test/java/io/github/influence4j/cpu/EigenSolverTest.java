/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bytedeco.openblas.global.openblas;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Eigendecompositions beside their plain twin, LAPACK's dsyevd in one call. */
class EigenSolverTest {
  /** Eigenvalues, ascending, and [n, n] eigenvectors in columns. */
  private record Eigen(double[] values, double[] vectors) {}

  private static List<Eigen> solve(int threads, List<double[]> matrices) {
    BackendOptions options = BackendOptions.of(Precision.F64, threads);
    try (ComputeBackend backend = new CpuBackendProvider().create(options)) {
      return backend.eigendecompose(matrices).stream().map(EigenSolverTest::read).toList();
    }
  }

  private static Eigen read(SymmetricEigen result) {
    try (result) {
      return new Eigen(result.values(), result.vectors().toDoubles());
    }
  }

  private static Eigen dsyevd(double[] a, int n) {
    double[] vectors = a.clone();
    double[] values = new double[n];
    int code =
        openblas.LAPACKE_dsyevd(
            openblas.LAPACK_ROW_MAJOR, (byte) 'V', (byte) 'L', n, vectors, n, values);
    assertThat(code).isZero();
    return new Eigen(values, vectors);
  }

  /** A covariance of correlated features with a long tail of small eigenvalues. */
  private static Matrix covariance(int n) {
    Random random = SeededRandom.at("eigen " + n);
    Matrix x = Matrix.gaussian(random, n, n / 2 + 1);
    return x.times(x.transposed());
  }

  private static double residual(Matrix c, Eigen eigen) {
    Matrix q = new Matrix(c.rows(), c.rows(), eigen.vectors());
    return q.times(Matrix.diagonal(eigen.values())).times(q.transposed()).minus(c).norm();
  }

  private static double deviation(Eigen eigen) {
    int n = eigen.values().length;
    Matrix q = new Matrix(n, n, eigen.vectors());
    return q.transposed().times(q).minus(Matrix.identity(n)).norm();
  }

  /** One panel of reflectors and one block of columns, up to several of both and a rest. */
  @ParameterizedTest
  @ValueSource(ints = {2, 96, 97, 98, 256, 257, 390})
  void asAccurateAsItsTwin(int n) {
    Matrix c = covariance(n);
    Eigen ours = solve(2, List.of(c.values())).get(0);
    Eigen theirs = dsyevd(c.values(), n);
    // Both err by rounding alone; a unit in the last place of the norm for luck.
    double unit = Math.ulp(c.norm());
    assertThat(residual(c, ours)).isLessThanOrEqualTo(2 * residual(c, theirs) + unit);
    assertThat(deviation(ours)).isLessThanOrEqualTo(2 * deviation(theirs) + 0x1p-52 * n);
    for (int i = 0; i < n; i++) {
      assertThat(Math.abs(ours.values()[i] - theirs.values()[i])).isLessThanOrEqualTo(n * unit);
    }
  }

  @Test
  void sharedAndSideBySideGiveTheSameBits() {
    List<double[]> matrices = new ArrayList<>();
    for (int n : new int[] {20, 300, 1, 21, 40, 150}) {
      matrices.add(covariance(n).values());
    }
    List<Eigen> alone = solve(1, matrices);
    for (int threads : new int[] {2, 3, 8}) {
      List<Eigen> together = solve(threads, matrices);
      for (int i = 0; i < matrices.size(); i++) {
        assertThat(together.get(i).values()).isEqualTo(alone.get(i).values());
        assertThat(together.get(i).vectors()).isEqualTo(alone.get(i).vectors());
      }
    }
  }
}
