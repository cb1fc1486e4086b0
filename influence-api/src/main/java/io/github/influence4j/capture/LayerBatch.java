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
 * <p>Linear layers take activations [..., inputs] and gradients [..., outputs] with the same
 * leading sizes: the last dimension is always the features, and each place of the others is a row.
 * Which example owns which row is never guessed. Without further words the <b>first dimension is
 * the examples</b>, of which each owns all its rows: [examples, inputs] (one row each), [examples,
 * rows, inputs]. Anything else is stated: {@link #withOffsets} for packed rows of unequal number,
 * {@link #withRowsOf} for rows in any order, such as the tokens routed to an expert or [rows,
 * examples, inputs]. Sizes cannot tell a table [rows, inputs] that all examples share from one row
 * an example: its gradient is a sum over examples, so feed what each example read of it, [examples,
 * rows, inputs].
 *
 * <p>Convolutions take [examples, channels, height, width] on both sides, or [examples, channels,
 * length] for {@link LayerSpec#conv1d}. The column of ones that stands for the bias is added by us.
 *
 * <pre>{@code
 * new LayerBatch("fc", inputs, gradients);                                  // [examples, rows, ..]
 * new LayerBatch("packed", inputs, gradients).withOffsets(0, 3, 3, 7);      // example 1 has no row
 * new LayerBatch("expert.1", routed, gradients).withRowsOf(2, 0, 2);        // [3, ..]
 * LayerBatch.empty(expert2);                                                // not called
 * }</pre>
 *
 * @param layer name of a {@link LayerSpec}
 * @param activations the layer's input; borrowed during {@link GradientSink#accept}
 * @param outputGradients the gradient at the layer's output; borrowed likewise
 * @param offsets examples of unequal length: first row of each example, then the number of rows; an
 *     example may have none; null where the shape or the owners tell
 * @param mask one value a row, false for padding, which then counts for nothing whatever it holds;
 *     null for none. Do not mask the prompt of a query: its rows receive gradient through
 *     attention, only its loss is left out
 * @param owners for each row, counted over all leading dimensions, the number of its example in the
 *     batch; null where shape or offsets tell
 */
public record LayerBatch(
    String layer,
    TensorView activations,
    TensorView outputGradients,
    int @Nullable [] offsets,
    boolean @Nullable [] mask,
    int @Nullable [] owners) {

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
    this(layer, activations, outputGradients, null, null, null);
  }

  /**
   * A layer that no example of the batch used, such as an expert without tokens: it contributes
   * nothing, and the examples count as having gradient 0 there.
   *
   * @param spec the layer
   * @return a use without rows
   */
  public static LayerBatch empty(LayerSpec spec) {
    Conv2d conv = spec.convolution();
    long[] in = conv == null ? new long[] {0, spec.inputs()} : image(conv.inChannels());
    long[] out = conv == null ? new long[] {0, spec.outputs()} : image(conv.outChannels());
    TensorView activations = TensorView.of(new float[0], in);
    return new LayerBatch(spec.name(), activations, TensorView.of(new float[0], out)).withRowsOf();
  }

  private static long[] image(int channels) {
    return new long[] {0, channels, 1, 1};
  }

  /**
   * With examples of unequal length.
   *
   * @param rowOffsets first row of each example, then the number of rows
   * @return a copy
   */
  public LayerBatch withOffsets(int... rowOffsets) {
    return new LayerBatch(layer, activations, outputGradients, rowOffsets, mask, owners);
  }

  /**
   * With rows in any order.
   *
   * @param examples for each row the number of its example in the batch, from 0; an example may own
   *     any number of rows, also none. For convolutions one number an image. Rows that are masked
   *     belong to nobody, and their number is not read
   * @return a copy
   */
  public LayerBatch withRowsOf(int... examples) {
    return new LayerBatch(layer, activations, outputGradients, offsets, mask, examples);
  }

  /**
   * With padding.
   *
   * @param rowMask one value a row, false for padding
   * @return a copy
   */
  public LayerBatch withMask(boolean... rowMask) {
    return new LayerBatch(layer, activations, outputGradients, offsets, rowMask, owners);
  }
}
