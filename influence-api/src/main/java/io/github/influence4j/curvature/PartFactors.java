/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.TensorView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The factors of one group of a layer (linear layers have one group).
 *
 * @param activations blocks of A, M features in all; empty if the strategy has none
 * @param gradients blocks of S, P features in all; empty if the strategy has none
 * @param squares [P, M], F64: the sum over examples of the squared (rotated) gradients, not divided
 *     by their number; immutable, a borrowed tensor is copied; null if the strategy has none
 */
public record PartFactors(
    List<FactorBlock> activations, List<FactorBlock> gradients, @Nullable TensorView squares) {
  /** Copies the lists, and what others could change. */
  public PartFactors {
    activations = List.copyOf(activations);
    gradients = List.copyOf(gradients);
    squares = squares == null ? null : squares.toImmutable();
  }
}
