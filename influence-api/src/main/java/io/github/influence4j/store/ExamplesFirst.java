/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** [examples, ...]: a part is an example. */
record ExamplesFirst() implements CaptureLayout {
  @Override
  public int leading() {
    return 1;
  }

  @Override
  public int[] parts(int first, int examples) {
    return IntStream.range(first, first + examples).toArray();
  }

  @Override
  public int @Nullable [] owners(int first, int examples) {
    return null;
  }

  @Override
  public boolean[] inOrder(boolean[] values, int examples) {
    return values;
  }

  @Override
  public int owner(int part) {
    return part;
  }

  @Override
  public int row(int part, int rowOfPart) {
    return rowOfPart;
  }

  @Override
  public int most(int examples) {
    return examples;
  }
}
