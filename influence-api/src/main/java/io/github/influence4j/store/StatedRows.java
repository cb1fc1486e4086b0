/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rows, or images, whose examples another tensor names one by one.
 *
 * @param owners the example of each part as it is stored, -1 for nobody's
 * @param order numbers of the parts that are somebody's, by example
 * @param offsets where each example starts in that order, then their number
 */
record StatedRows(int[] owners, int[] order, int[] offsets) implements CaptureLayout {

  /** Reads such as {@code train.rows.L}, one integer a row. */
  static StatedRows read(Safetensors file, String name, int examples) {
    long[] shape = file.shape(name);
    DType type = file.dtype(name);
    Check.that(
        shape.length == 1 && type.integer() && type != DType.BOOL,
        "Tensor \"%s\" is %s of shape %s, expected one integer a row: the number of its example.",
        name,
        type,
        Arrays.toString(shape));
    long[] numbers = file.longs(name);
    int[] owners = new int[numbers.length];
    int[] offsets = new int[examples + 1];
    for (int i = 0; i < owners.length; i++) {
      Check.that(
          numbers[i] >= -1 && numbers[i] < examples,
          "Tensor \"%s\" says that row %d is of example %d, but there are examples 0 to %d; write -1"
              + " for a row that counts for nothing.",
          name,
          i,
          numbers[i],
          examples - 1);
      owners[i] = (int) numbers[i];
      if (owners[i] >= 0) {
        offsets[owners[i] + 1]++;
      }
    }
    Arrays.parallelPrefix(offsets, Integer::sum);
    return new StatedRows(owners, order(owners, offsets), offsets);
  }

  private static int[] order(int[] owners, int[] offsets) {
    int[] next = offsets.clone();
    int[] order = new int[offsets[offsets.length - 1]];
    for (int i = 0; i < owners.length; i++) {
      if (owners[i] >= 0) {
        order[next[owners[i]]++] = i;
      }
    }
    return order;
  }

  @Override
  public int leading() {
    return 1;
  }

  @Override
  public int[] parts(int first, int examples) {
    return Arrays.copyOfRange(order, offsets[first], offsets[first + examples]);
  }

  @Override
  public int @Nullable [] owners(int first, int examples) {
    int[] parts = parts(first, examples);
    Arrays.setAll(parts, i -> owners[parts[i]] - first);
    return parts;
  }

  /** Never asked for: a row that does not count is nobody's. */
  @Override
  public boolean[] inOrder(boolean[] values, int examples) {
    throw new IllegalStateException("Rows whose examples are stated take no mask.");
  }

  @Override
  public int owner(int part) {
    return owners[part];
  }

  @Override
  public int row(int part, int rowOfPart) {
    return part;
  }

  @Override
  public int most(int examples) {
    int most = 0;
    int all = offsets.length - 1;
    for (int first = 0; first < all; first += examples) {
      most = Math.max(most, offsets[Math.min(all, first + examples)] - offsets[first]);
    }
    return most;
  }
}
