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
   * Matrices that are too large or too small are decomposed times a power of two, in place.
   *
   * @param layers the layer of each matrix, for errors
   */
  static List<SymmetricEigen> eigendecompose(
      ComputeBackend backend, List<double[]> matrices, List<String> layers) {
    int[] exponents = matrices.stream().mapToInt(Exponents::ofLargest).toArray();
    Arrays.setAll(
        exponents,
        i ->
            exponents[i] == Exponents.OF_ZERO || Math.abs(exponents[i]) <= MOST ? 0 : exponents[i]);
    for (int i = 0; i < exponents.length; i++) {
      Exponents.scale(matrices.get(i), -exponents[i]);
    }
    List<SymmetricEigen> results = new ArrayList<>(solve(backend, matrices, layers));
    for (int i = 0; i < exponents.length; i++) {
      Exponents.scale(results.get(i).values(), exponents[i]);
    }
    return results;
  }

  private static List<SymmetricEigen> solve(
      ComputeBackend backend, List<double[]> matrices, List<String> layers) {
    try {
      return backend.eigendecompose(matrices);
    } catch (ArithmeticException failure) {
      throw named(backend, matrices, layers, failure);
    }
  }

  /** Finds the matrix that failed by decomposing one after the other. */
  private static ArithmeticException named(
      ComputeBackend backend,
      List<double[]> matrices,
      List<String> layers,
      ArithmeticException failure) {
    for (int i = 0; i < matrices.size(); i++) {
      try {
        backend.eigendecompose(List.of(matrices.get(i)));
      } catch (ArithmeticException again) {
        ArithmeticException named =
            new ArithmeticException(
                "Layer \""
                    + layers.get(i)
                    + "\": the eigendecomposition of a covariance did not converge; look at the"
                    + " numbers of this layer, or use CurvatureStrategy.DIAGONAL.");
        named.initCause(again);
        return named;
      }
    }
    return failure;
  }
}
