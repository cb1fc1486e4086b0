/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import io.github.influence4j.capture.TensorView;
import org.jspecify.annotations.Nullable;

/**
 * One use of a layer in a batch as two matrices over the same rows.
 *
 * @param activations [stored rows, columns]
 * @param gradients [stored rows, P]
 * @param offsets example borders, counted in kept rows
 * @param index stored row of each kept row; null when all are kept
 */
record LayerUse(
    TensorView activations, TensorView gradients, int[] offsets, int @Nullable [] index) {

  int stored(int keptRow) {
    return index == null ? keptRow : index[keptRow];
  }

  int keptRows() {
    return offsets[offsets.length - 1];
  }
}
