/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.replays;

import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.TensorView;
import org.jspecify.annotations.Nullable;

/** All elements of the rows of an example that count. */
final class RowElements implements ExampleElements {
  private final int @Nullable [] offsets;
  private final int @Nullable [] rows;
  private final int rowsEach;
  private final int columns;

  private RowElements(int @Nullable [] offsets, int @Nullable [] rows, int rowsEach, int columns) {
    this.offsets = offsets;
    this.rows = rows;
    this.rowsEach = rowsEach;
    this.columns = columns;
  }

  static @Nullable RowElements of(LayerBatch batch, TensorView side, int examples) {
    int columns = (int) side.size(side.rank() - 1);
    int rows = columns == 0 ? 0 : side.elements() / columns;
    boolean[] mask = batch.mask();
    if (batch.owners() != null) {
      return owned(batch.owners(), mask, side, rows, examples);
    }
    int[] borders = batch.offsets();
    boolean ordered =
        borders != null ? ascending(borders, examples, rows) : side.size(0) == examples;
    if (!ordered || (mask != null && mask.length != rows)) {
      return null;
    }
    if (mask == null) {
      return new RowElements(borders, null, rows / examples, columns);
    }
    int[] kept = new int[rows];
    int[] keptBorders = new int[examples + 1];
    int count = 0;
    for (int e = 0; e < examples; e++) {
      int end = borders == null ? rows / examples * (e + 1) : borders[e + 1];
      for (int r = borders == null ? rows / examples * e : borders[e]; r < end; r++) {
        if (mask[r]) {
          kept[count++] = r;
        }
      }
      keptBorders[e + 1] = count;
    }
    return new RowElements(keptBorders, kept, 0, columns);
  }

  /** Rows, or images of a convolution, whose owners are stated: an example's in their order. */
  private static @Nullable RowElements owned(
      int[] owners, boolean @Nullable [] mask, TensorView side, int rows, int examples) {
    boolean single = owners.length == rows;
    if ((!single && owners.length != side.size(0))
        || (mask != null && (!single || mask.length != rows))) {
      return null;
    }
    int each = single ? 1 : rows / owners.length;
    int[] borders = new int[examples + 1];
    for (int i = 0; i < owners.length; i++) {
      if (mask == null || mask[i]) {
        if (owners[i] < 0 || owners[i] >= examples) {
          return null;
        }
        borders[owners[i] + 1] += each;
      }
    }
    for (int e = 0; e < examples; e++) {
      borders[e + 1] += borders[e];
    }
    int[] next = borders.clone();
    int[] kept = new int[borders[examples]];
    for (int i = 0; i < owners.length; i++) {
      for (int r = 0; (mask == null || mask[i]) && r < each; r++) {
        kept[next[owners[i]]++] = i * each + r;
      }
    }
    return new RowElements(borders, kept, 0, rows == 0 ? 0 : side.elements() / rows);
  }

  private static boolean ascending(int[] borders, int examples, int rows) {
    boolean ordered =
        borders.length == examples + 1 && borders[0] == 0 && borders[examples] == rows;
    for (int e = 0; ordered && e < examples; e++) {
      ordered = borders[e] <= borders[e + 1];
    }
    return ordered;
  }

  @Override
  public long count(int example) {
    long rowsOfExample =
        offsets == null ? rowsEach : (long) offsets[example + 1] - offsets[example];
    return rowsOfExample * columns;
  }

  @Override
  public int index(int example, long number) {
    int first = offsets == null ? rowsEach * example : offsets[example];
    if (rows == null) {
      return first * columns + (int) number;
    }
    return rows[first + (int) (number / columns)] * columns + (int) (number % columns);
  }
}
