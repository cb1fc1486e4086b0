/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.TensorView;
import java.util.Arrays;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of a batch belong to its examples.
 *
 * @param examples N
 * @param length rows of each example T, padding included; 0 when packed or unknown
 * @param offsets when packed: first row of each example, then the number of rows
 * @param mask [N·T], false for padding
 */
record BatchRows(int examples, int length, int @Nullable [] offsets, boolean @Nullable [] mask) {

  /** The borders of the examples among all rows. */
  int[] borders() {
    if (offsets != null) {
      return offsets;
    }
    int[] borders = new int[examples + 1];
    for (int e = 0; e <= examples; e++) {
      borders[e] = e * length;
    }
    return borders;
  }

  boolean counts(int row) {
    return mask == null || mask[row];
  }

  /** [N·T], true for padding; null for none. */
  @Nullable Tensor padding() {
    return mask == null ? null : AbstractTensor.create(mask).logical_not();
  }

  /**
   * Tells the library the rows of a linear layer's call. A layer that sees something else, such as
   * one pooled row an example, is left as it is.
   */
  LayerBatch arrange(LayerBatch batch) {
    long[] shape = batch.activations().shape();
    if (offsets != null) {
      return packed(batch, shape);
    }
    LayerBatch unfolded = unfolded(batch, shape);
    long[] rows = unfolded.activations().shape();
    boolean[] padding = mask;
    boolean sequence = rows.length > 2 && rows[0] == examples && rows[1] == length;
    boolean singleRows = rows.length == 2 && rows[0] == examples && length == 1;
    if (padding == null || !(sequence || singleRows)) {
      return unfolded;
    }
    int repeat = 1;
    for (int i = 2; i < rows.length - 1; i++) {
      repeat *= (int) rows[i];
    }
    return unfolded.withMask(repeated(padding, repeat));
  }

  /** [N·T, inputs] as [N, T, inputs]. */
  private LayerBatch unfolded(LayerBatch batch, long[] shape) {
    if (shape.length != 2 || length < 2 || shape[0] != (long) examples * length) {
      return batch;
    }
    return reshaped(batch, examples, length);
  }

  private LayerBatch packed(LayerBatch batch, long[] shape) {
    int[] borders = borders();
    int rows = borders[examples];
    if (shape.length == 2 && shape[0] == rows) {
      return batch.withOffsets(borders);
    }
    if (shape.length == 3 && shape[0] == 1 && shape[1] == rows) {
      return reshaped(batch, rows).withOffsets(borders);
    }
    return batch;
  }

  private static LayerBatch reshaped(LayerBatch batch, long... leading) {
    return new LayerBatch(
        batch.layer(),
        reshaped(batch.activations(), leading),
        reshaped(batch.outputGradients(), leading));
  }

  private static TensorView reshaped(TensorView tensor, long[] leading) {
    long[] shape = Arrays.copyOf(leading, leading.length + 1);
    shape[leading.length] = tensor.size(tensor.rank() - 1);
    return tensor.reshape(shape);
  }

  private static boolean[] repeated(boolean[] mask, int times) {
    boolean[] repeated = new boolean[mask.length * times];
    for (int i = 0; i < repeated.length; i++) {
      repeated[i] = mask[i / times];
    }
    return repeated;
  }
}
