/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.fit;

import io.github.influence4j.internal.range.Exponents;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.SymmetricEigen;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Eigendecompositions of matrices of any magnitude: solvers square their elements. */
final class EigenScaling {
  /** The most that the exponent of a matrix's largest element may be, its negative the least. */
  private static final int MOST = 300;

  private EigenScaling() {}

  /**
   * Means that are too large or too small are decomposed times a power of two, in place.
   *
   * @return one for each of the covariances, in their order
   */
  static List<Decomposition> eigendecompose(
      ComputeBackend backend, List<MeanCovariance> covariances) {
    List<double[]> matrices = covariances.stream().map(MeanCovariance::mean).toList();
    int[] exponents = matrices.stream().mapToInt(Exponents::ofLargest).toArray();
    Arrays.setAll(
        exponents,
        i ->
            exponents[i] == Exponents.OF_ZERO || Math.abs(exponents[i]) <= MOST ? 0 : exponents[i]);
    for (int i = 0; i < exponents.length; i++) {
      Exponents.scale(matrices.get(i), -exponents[i]);
    }
    List<SymmetricEigen> results = solve(backend, covariances);
    List<Decomposition> decompositions = new ArrayList<>();
    for (int i = 0; i < exponents.length; i++) {
      Exponents.scale(results.get(i).values(), exponents[i]);
      decompositions.add(new Decomposition(covariances.get(i).sum(), results.get(i)));
    }
    return decompositions;
  }

  private static List<SymmetricEigen> solve(
      ComputeBackend backend, List<MeanCovariance> covariances) {
    try {
      return backend.eigendecompose(covariances.stream().map(MeanCovariance::mean).toList());
    } catch (ArithmeticException failure) {
      throw named(backend, covariances, failure);
    }
  }

  /** Finds the matrix that failed by decomposing one after the other. */
  private static ArithmeticException named(
      ComputeBackend backend, List<MeanCovariance> covariances, ArithmeticException failure) {
    for (MeanCovariance covariance : covariances) {
      try {
        backend.eigendecompose(List.of(covariance.mean())).forEach(SymmetricEigen::close);
      } catch (ArithmeticException again) {
        ArithmeticException named =
            new ArithmeticException(
                "Layer \""
                    + covariance.layer()
                    + "\": the eigendecomposition of a covariance did not converge; look at the"
                    + " numbers of this layer, or use CurvatureStrategy.DIAGONAL.");
        named.initCause(again);
        return named;
      }
    }
    return failure;
  }
}
