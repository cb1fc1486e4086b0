/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

/**
 * {@code C = Q diag(λ) Qᵀ}.
 *
 * @param values n eigenvalues, ascending, not clamped
 * @param vectors [n, n] in the backend's precision, float64 rounded once: column j is the
 *     eigenvector of {@code values[j]}
 */
public record SymmetricEigen(double[] values, BackendTensor vectors) implements AutoCloseable {
  /** Frees the eigenvectors; idempotent. */
  @Override
  public void close() {
    vectors.close();
  }
}
