/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of a model's output belong to the examples of a batch; for adapters to frameworks,
 * whose users say it once and not layer by layer. {@link RowStatements} tells the rows of layers by
 * it.
 *
 * <pre>{@code
 * BatchRows rows = BatchRows.of(2, 3).withMask(new long[] {2, 3}, attentionMask);
 * }</pre>
 *
 * @param examples N
 * @param length rows of each example T, padding included; 0 when packed or unknown
 * @param offsets when packed: first row of each example, then the number of rows
 * @param mask [N·T], false for padding; null for none
 * @param layerMasks masks of layers whose rows are not those of the output, by name
 */
public record BatchRows(
    int examples,
    int length,
    int @Nullable [] offsets,
    boolean @Nullable [] mask,
    Map<String, boolean[]> layerMasks) {

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
    layerMasks = Map.copyOf(layerMasks);
    require(examples > 0, "The batch has no examples; leave empty batches out.");
    require(
        (long) examples * Math.max(1, length) < Integer.MAX_VALUE,
        "The batch has "
            + examples
            + " examples of "
            + length
            + " rows, more rows than an array can number; pass smaller batches.");
  }

  /**
   * Without masks of single layers.
   *
   * @param examples N
   * @param length T, or 0
   * @param offsets when packed, or null
   * @param mask false for padding, or null
   */
  public BatchRows(int examples, int length, int @Nullable [] offsets, boolean @Nullable [] mask) {
    this(examples, length, offsets, mask, Map.of());
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
    return new BatchRows(examples, padded.length / examples, null, padded, layerMasks);
  }

  /**
   * Marks padding of layers whose rows are not those of the output, such as an encoder's.
   *
   * @param shape of the mask: [examples, rows]
   * @param padded the mask, false for padding
   * @param layers the names of exactly the layers it speaks about; the mask of the output does not
   * @return a copy
   */
  public BatchRows withMask(long[] shape, boolean[] padded, String... layers) {
    if (layers.length == 0) {
      return withMask(shape, padded);
    }
    require(
        shape.length >= 1 && shape[0] == examples,
        "The mask of layer \""
            + layers[0]
            + "\" has shape "
            + Arrays.toString(shape)
            + ", expected ["
            + examples
            + ", rows].");
    Map<String, boolean[]> all = new LinkedHashMap<>(layerMasks);
    for (String layer : layers) {
      all.put(layer, padded);
    }
    return new BatchRows(examples, length, offsets, mask, all);
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
          first[i] >= first[i - 1],
          "Offsets must not fall, but example "
              + (i - 1)
              + " runs from row "
              + first[i - 1]
              + " to "
              + first[i]
              + ".");
    }
    require(mask == null, "Packed rows have no padding: give offsets or a mask, not both.");
    return new BatchRows(first.length - 1, 0, first.clone(), null, layerMasks);
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

  /**
   * The example of each row of the output, masked or not.
   *
   * @return numbers within the batch
   */
  public int[] owners() {
    int[] borders = borders();
    int[] owners = new int[borders[examples]];
    for (int e = 0; e < examples; e++) {
      Arrays.fill(owners, borders[e], borders[e + 1], e);
    }
    return owners;
  }

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

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
