/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one use of one layer saw in one batch: what went in, and the gradient of the <b>summed</b>
 * loss (never the mean) with respect to what came out.
 *
 * <p>Linear layers take activations [examples, inputs] (one row each), [examples, rows, inputs]
 * (equal lengths), or [rows, inputs] together with offsets; the gradients have the same leading
 * sizes. Convolutions take [examples, channels, height, width] on both sides. The column of ones
 * that stands for the bias is added by us.
 *
 * @param layer name of a {@link LayerSpec}
 * @param activations the layer's input; borrowed during {@link GradientSink#accept}
 * @param outputGradients the gradient at the layer's output; borrowed likewise
 * @param offsets examples of unequal length: first row of each example, then the number of rows;
 *     null where the shape tells
 * @param mask one value a row, false for padding, which then counts for nothing whatever it holds;
 *     null for none. Do not mask the prompt of a query: its rows receive gradient through
 *     attention, only its loss is left out
 */
public record LayerBatch(
    String layer,
    TensorView activations,
    TensorView outputGradients,
    int @Nullable [] offsets,
    boolean @Nullable [] mask) {

  /** Checks for nulls; shapes are checked where the layer is known. */
  public LayerBatch {
    Objects.requireNonNull(layer, "layer");
    Objects.requireNonNull(activations, "activations");
    Objects.requireNonNull(outputGradients, "outputGradients");
  }

  /**
   * Examples of equal length, no padding.
   *
   * @param layer name of the layer
   * @param activations its input
   * @param outputGradients the gradient at its output
   */
  public LayerBatch(String layer, TensorView activations, TensorView outputGradients) {
    this(layer, activations, outputGradients, null, null);
  }

  /**
   * With examples of unequal length.
   *
   * @param rowOffsets first row of each example, then the number of rows
   * @return a copy
   */
  public LayerBatch withOffsets(int... rowOffsets) {
    return new LayerBatch(layer, activations, outputGradients, rowOffsets, mask);
  }

  /**
   * With padding.
   *
   * @param rowMask one value a row, false for padding
   * @return a copy
   */
  public LayerBatch withMask(boolean... rowMask) {
    return new LayerBatch(layer, activations, outputGradients, offsets, rowMask);
  }
}
