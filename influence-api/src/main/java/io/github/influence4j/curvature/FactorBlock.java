/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.TensorView;

/**
 * One diagonal block of a covariance with its eigendecomposition {@code C/rows = Q diag(λ) Qᵀ}.
 *
 * <p>All three are immutable; borrowed tensors are copied.
 *
 * @param covariance [d, d], F64: the sum over rows, not divided by their number
 * @param eigenvalues [d], F64: of the mean over rows, ascending, clamped at 0
 * @param eigenvectors [d, d], in the precision of the fit: eigenvectors in columns
 */
public record FactorBlock(TensorView covariance, TensorView eigenvalues, TensorView eigenvectors) {
  /** Copies what others could change. */
  public FactorBlock {
    covariance = covariance.toImmutable();
    eigenvalues = eigenvalues.toImmutable();
    eigenvectors = eigenvectors.toImmutable();
  }

  /**
   * Number of features.
   *
   * @return d
   */
  public int dimension() {
    return (int) covariance.size(0);
  }
}
