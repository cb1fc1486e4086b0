/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.Rotation;
import org.jspecify.annotations.Nullable;

/** Applies a {@link Rotation} to dense matrices. */
final class Rotator {
  private final @Nullable DenseMatrix activations;
  private final @Nullable DenseMatrix gradients;

  Rotator(Rotation rotation) {
    activations = matrix(rotation.activations());
    gradients = matrix(rotation.gradients());
  }

  private static @Nullable DenseMatrix matrix(Basis basis) {
    return basis.isIdentity() ? null : DenseMatrix.of(basis);
  }

  /** {@code Q_Sᵀ V Q_A}. */
  DenseMatrix into(DenseMatrix v) {
    DenseMatrix right = activations == null ? v : v.times(activations);
    return gradients == null ? right : gradients.transposed().times(right);
  }

  /** {@code Q_S V Q_Aᵀ}. */
  DenseMatrix outOf(DenseMatrix v) {
    DenseMatrix right = activations == null ? v : v.times(activations.transposed());
    return gradientsOutOf(right);
  }

  /** {@code Q_S L}. */
  DenseMatrix gradientsOutOf(DenseMatrix left) {
    return gradients == null ? left : gradients.times(left);
  }

  /** {@code Q_A R}. */
  DenseMatrix activationsOutOf(DenseMatrix right) {
    return activations == null ? right : activations.times(right);
  }
}
