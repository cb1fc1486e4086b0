/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.fit;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.SymmetricEigen;

/**
 * One block of a covariance and what its mean was decomposed to.
 *
 * @param sum [d, d], F64: the sum over rows, not divided by their number
 * @param eigen of the mean
 */
record Decomposition(TensorView sum, SymmetricEigen eigen) implements AutoCloseable {
  /** Frees the eigenvectors. */
  @Override
  public void close() {
    eigen.close();
  }
}
