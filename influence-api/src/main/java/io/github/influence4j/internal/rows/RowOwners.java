/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts the rows of one use of a layer in the order of their examples, as its user stated them.
 *
 * @param layer its name, for messages
 * @param examples of the batch
 * @param rows stored rows
 */
record RowOwners(String layer, int examples, int rows) {

  /**
   * The rows that count.
   *
   * @param owners for each row its example, or null
   * @param offsets first row of each example, then the number of rows, or null
   * @param mask false for rows that do not count, or null
   * @param equal checks that the shape tells, and how many rows each example has
   */
  OwnedRows of(
      int @Nullable [] owners,
      int @Nullable [] offsets,
      boolean @Nullable [] mask,
      IntSupplier equal) {
    check(
        mask == null || mask.length == rows,
        "the mask has %d values for %d rows; pass one value a row, true for rows that count",
        mask == null ? 0 : mask.length,
        rows);
    check(
        owners == null || offsets == null,
        "both offsets and the example of each row were given; give one of them");
    if (owners != null) {
      return sorted(checked(owners, mask), mask);
    }
    int[] borders = offsets == null ? borders(equal.getAsInt()) : checked(offsets);
    return mask == null ? new OwnedRows(borders, null) : masked(borders, mask);
  }

  private int[] borders(int each) {
    int[] borders = new int[examples + 1];
    Arrays.setAll(borders, e -> e * each);
    return borders;
  }

  private int[] checked(int[] offsets) {
    check(
        offsets.length == examples + 1,
        "%d offsets for %d examples; expected one more than examples: the first row of each, then"
            + " the number of rows",
        offsets.length,
        examples);
    check(
        offsets[0] == 0 && offsets[examples] == rows,
        "offsets run from %d to %d, expected 0 to %d, the number of rows",
        offsets[0],
        offsets[examples],
        rows);
    for (int e = 0; e < examples; e++) {
      check(
          offsets[e] <= offsets[e + 1],
          "offsets out of order: example %d starts at row %d, the next at %d",
          e,
          offsets[e],
          offsets[e + 1]);
    }
    return offsets.clone();
  }

  private int[] checked(int[] owners, boolean @Nullable [] mask) {
    check(
        owners.length == rows,
        "%d examples were named for %d rows; name the example of each row",
        owners.length,
        rows);
    for (int r = 0; r < rows; r++) {
      check(
          (mask != null && !mask[r]) || (owners[r] >= 0 && owners[r] < examples),
          "row %d is said to be of example %d, but the batch has examples 0 to %d; count them within"
              + " the batch, and mask rows that belong to none",
          r,
          owners[r],
          examples - 1);
    }
    return owners;
  }

  private static OwnedRows masked(int[] borders, boolean[] mask) {
    int[] index = new int[mask.length];
    int[] kept = new int[borders.length];
    int count = 0;
    for (int e = 0; e + 1 < borders.length; e++) {
      for (int r = borders[e]; r < borders[e + 1]; r++) {
        if (mask[r]) {
          index[count++] = r;
        }
      }
      kept[e + 1] = count;
    }
    return new OwnedRows(kept, count == mask.length ? null : Arrays.copyOf(index, count));
  }

  /** By example; rows of one example stay in the order they are stored in. */
  private OwnedRows sorted(int[] owners, boolean @Nullable [] mask) {
    int[] kept = new int[examples + 1];
    for (int r = 0; r < rows; r++) {
      kept[mask == null || mask[r] ? owners[r] + 1 : 0]++;
    }
    kept[0] = 0;
    for (int e = 0; e < examples; e++) {
      kept[e + 1] += kept[e];
    }
    int[] next = kept.clone();
    int[] index = new int[kept[examples]];
    boolean stored = index.length == rows;
    for (int r = 0; r < rows; r++) {
      if (mask == null || mask[r]) {
        int place = next[owners[r]]++;
        index[place] = r;
        stored &= place == r;
      }
    }
    return new OwnedRows(kept, stored ? null : index);
  }

  // The annotation Error Prone asks for would be a run-time dependency of this module.
  @SuppressWarnings("AnnotateFormatMethod")
  private void check(boolean condition, String format, Object... arguments) {
    if (!condition) {
      throw new IllegalArgumentException(
          "Layer \"" + layer + "\": " + String.format(Locale.ROOT, format, arguments) + ".");
    }
  }
}
