/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Rotation;
import java.util.List;

/**
 * The curvature of one group of a layer on the backend.
 *
 * @param layer the layer and what operations on it cost
 * @param rotation its eigenbasis
 * @param weights for each damping {@code 1/(Λ+λ)} divided by a power of two, [P, M]
 * @param exponents for each damping that power
 */
record LoadedPart(
    LayerCost layer, Rotation rotation, List<BackendTensor> weights, int[] exponents) {
  int rotateRowsBelow() {
    return layer.model().rotateRowsBelow();
  }
}
