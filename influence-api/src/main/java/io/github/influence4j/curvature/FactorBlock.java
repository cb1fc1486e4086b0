/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.TensorView;

/**
 * One diagonal block of a covariance with its eigendecomposition {@code C/rows = Q diag(λ) Qᵀ}.
 *
 * @param covariance [d, d], F64: the sum over rows, not divided by their number
 * @param eigenvalues [d], F64: of the mean over rows, ascending, clamped at 0
 * @param eigenvectors [d, d], in the precision of the fit: eigenvectors in columns
 */
public record FactorBlock(TensorView covariance, TensorView eigenvalues, TensorView eigenvectors) {
  /**
   * Number of features.
   *
   * @return d
   */
  public int dimension() {
    return (int) covariance.size(0);
  }
}
