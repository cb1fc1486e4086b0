/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import io.github.influence4j.capture.TensorView;

/**
 * One use of a layer in a batch as two matrices over the same rows.
 *
 * @param activations [stored rows, columns]
 * @param gradients [stored rows, P]
 * @param owned which of them belong to which example
 */
record LayerUse(TensorView activations, TensorView gradients, OwnedRows owned) {

  int[] offsets() {
    return owned.offsets();
  }

  int stored(int keptRow) {
    int[] index = owned.index();
    return index == null ? keptRow : index[keptRow];
  }

  int keptRows() {
    return owned.offsets()[owned.offsets().length - 1];
  }
}
