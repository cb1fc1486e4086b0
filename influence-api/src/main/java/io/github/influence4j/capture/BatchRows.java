/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of a model's output belong to the examples of a batch; for adapters to frameworks,
 * whose users say it once and not layer by layer.
 *
 * <pre>{@code
 * BatchRows rows = BatchRows.of(2, 3).withMask(new long[] {2, 3}, attentionMask);
 * LayerBatch batch = rows.arrange(new LayerBatch("fc", inputs, outputGradients));
 * }</pre>
 *
 * @param examples N
 * @param length rows of each example T, padding included; 0 when packed or unknown
 * @param offsets when packed: first row of each example, then the number of rows
 * @param mask [N·T], false for padding; null for none
 */
public record BatchRows(
    int examples, int length, int @Nullable [] offsets, boolean @Nullable [] mask) {

  /** Called for each row that counts. */
  public interface Visitor {
    /**
     * Visits a row.
     *
     * @param row its number in the batch
     * @param example its example's number in the data set
     * @param place its number among those rows of its example that count
     */
    void visit(int row, long example, int place);
  }

  /** Checks the number of examples. */
  public BatchRows {
    require(examples > 0, "The batch has no examples; leave empty batches out.");
  }

  /**
   * Examples of equal length.
   *
   * @param leading sizes of the output without its last: [examples, ...]
   * @return the rows
   */
  public static BatchRows of(long... leading) {
    long length = 1;
    for (int i = 1; i < leading.length; i++) {
      length = Math.multiplyExact(length, leading[i]);
    }
    return new BatchRows(Math.toIntExact(leading[0]), Math.toIntExact(length), null, null);
  }

  /**
   * Examples whose rows nobody has told.
   *
   * @param examples N
   * @return the rows
   */
  public static BatchRows ofExamples(int examples) {
    return new BatchRows(examples, 0, null, null);
  }

  /**
   * Marks padding.
   *
   * @param shape of the mask: [examples, rows]
   * @param padded the mask, false for padding
   * @return a copy
   */
  public BatchRows withMask(long[] shape, boolean[] padded) {
    boolean fits =
        offsets == null
            && shape.length >= 1
            && shape[0] == examples
            && (length == 0 || padded.length == (long) examples * length);
    require(
        fits,
        "The mask has shape "
            + Arrays.toString(shape)
            + ", expected one value a row: ["
            + examples
            + ", "
            + (length == 0 ? "rows" : length)
            + "], and no offsets.");
    return new BatchRows(examples, padded.length / examples, null, padded);
  }

  /**
   * Cuts packed rows, one after the other without padding, into examples.
   *
   * @param first first row of each example, then the number of rows
   * @return a copy
   */
  public BatchRows withOffsets(int... first) {
    require(first.length >= 2 && first[0] == 0, "Offsets start with 0 and end with the rows.");
    long total = (long) examples * length;
    require(
        length == 0 || first[first.length - 1] == total,
        "Offsets end with " + first[first.length - 1] + ", but the output has " + total + " rows.");
    for (int i = 1; i < first.length; i++) {
      require(
          first[i] > first[i - 1],
          "Offsets must grow, but example "
              + (i - 1)
              + " runs from row "
              + first[i - 1]
              + " to "
              + first[i]
              + ".");
    }
    require(mask == null, "Packed rows have no padding: give offsets or a mask, not both.");
    return new BatchRows(first.length - 1, 0, first.clone(), null);
  }

  /**
   * Visits the rows that count, in order. Places count such rows only, so padding moves none: they
   * are what {@link LabelSampler} wants as the row.
   *
   * @param firstExample the number, in the data set, of the batch's first example
   * @param visitor is called
   */
  public void forEach(long firstExample, Visitor visitor) {
    int[] borders = borders();
    boolean[] counts = mask;
    for (int e = 0; e < examples; e++) {
      int place = 0;
      for (int row = borders[e]; row < borders[e + 1]; row++) {
        if (counts == null || counts[row]) {
          visitor.visit(row, firstExample + e, place++);
        }
      }
    }
  }

  /** The borders of the examples among all rows. */
  private int[] borders() {
    if (offsets != null) {
      return offsets;
    }
    int[] borders = new int[examples + 1];
    for (int e = 0; e <= examples; e++) {
      borders[e] = e * length;
    }
    return borders;
  }

  /**
   * Tells the rows of a linear layer's call. A layer that sees something else than the output does,
   * such as one pooled row an example, is left as it is.
   *
   * @param batch as the layer saw it
   * @return the same memory, with its examples in the first dimension, its offsets or its mask
   */
  public LayerBatch arrange(LayerBatch batch) {
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

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
