/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * [rows, examples, columns], as recurrent layers have it: a part is a row.
 *
 * @param rows of each example
 * @param all the number of examples
 */
record RowsFirst(int rows, int all) implements CaptureLayout {
  @Override
  public int leading() {
    return 2;
  }

  /** One row of all examples, then the next: what lies together is read together. */
  @Override
  public int[] parts(int first, int examples) {
    int[] parts = new int[Math.multiplyExact(rows, examples)];
    Arrays.setAll(parts, i -> i / examples * all + first + i % examples);
    return parts;
  }

  @Override
  public int @Nullable [] owners(int first, int examples) {
    int[] owners = new int[rows * examples];
    Arrays.setAll(owners, i -> i % examples);
    return owners;
  }

  @Override
  public boolean[] inOrder(boolean[] values, int examples) {
    boolean[] out = new boolean[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = values[i % examples * rows + i / examples];
    }
    return out;
  }

  @Override
  public int owner(int part) {
    return part % all;
  }

  @Override
  public int row(int part, int rowOfPart) {
    return part / all;
  }

  @Override
  public int most(int examples) {
    return Math.multiplyExact(rows, examples);
  }
}
