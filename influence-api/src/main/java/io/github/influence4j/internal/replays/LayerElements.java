/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.replays;

import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.TensorView;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Tells which elements of a layer's tensors belong to an example. */
final class LayerElements {
  private LayerElements() {}

  /**
   * Of one side of a layer.
   *
   * @return null where the batch does not tell in a way that is understood here: the reader of the
   *     batch then refuses it, or it is the input of a masked convolution, of which only its
   *     geometry tells what counts
   */
  static @Nullable ExampleElements of(LayerBatch batch, TensorView side, int examples) {
    if (side.rank() < 2 || side.device() != null) {
      return null;
    }
    boolean[] mask = batch.mask();
    TensorView gradients = batch.outputGradients();
    if (mask == null || !MaskedPositions.fits(mask, gradients)) {
      return RowElements.of(batch, side, examples);
    }
    if (linear(batch, mask)) {
      return null; // as many rows as a convolution has positions; which of both is not known here
    }
    return side == gradients ? MaskedPositions.of(batch, mask, examples) : null;
  }

  /** Whether a mask fits rows of a linear layer. */
  private static boolean linear(LayerBatch batch, boolean[] mask) {
    long[] rows = leading(batch.outputGradients());
    return Arrays.equals(rows, leading(batch.activations()))
        && Arrays.stream(rows).reduce(1, (a, b) -> a * b) == mask.length;
  }

  private static long[] leading(TensorView tensor) {
    return Arrays.copyOf(tensor.shape(), tensor.rank() - 1);
  }
}
