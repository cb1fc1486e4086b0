/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.TensorView;
import java.util.Arrays;

/**
 * Which rows of which examples count; the others are padding.
 *
 * @param name of its tensor
 * @param rows T
 * @param kept [examples, T] row-major
 */
record CaptureMask(String name, int rows, boolean[] kept) {

  /**
   * Reads {@code train.mask}, {@code query.mask} or that of a layer, {@code train.mask.L}: what is
   * not zero counts.
   */
  static CaptureMask read(Safetensors file, String name, int examples) {
    long[] shape = file.shape(name);
    Check.that(
        shape.length == 2 && shape[0] == examples && shape[1] > 0,
        "Tensor \"%s\" has shape %s, expected [%d examples, rows]; pass one value a row.",
        name,
        Arrays.toString(shape),
        examples);
    boolean[] kept;
    if (file.dtype(name).elementType() == null) {
      long[] values = file.longs(name);
      kept = new boolean[values.length];
      for (int i = 0; i < kept.length; i++) {
        kept[i] = values[i] != 0;
      }
    } else {
      TensorView values = file.tensor(name);
      kept = new boolean[values.elements()];
      for (int i = 0; i < kept.length; i++) {
        Check.that(!Double.isNaN(values.get(i)), "Tensor \"%s\" holds NaN; use 0 and 1.", name);
        kept[i] = values.get(i) != 0;
      }
    }
    return new CaptureMask(name, (int) shape[1], kept);
  }

  /** Whether it speaks about a tensor: [examples, T, columns], or [examples, columns] for T = 1. */
  boolean appliesTo(CaptureTensor tensor) {
    return tensor.rank() == 3 || (tensor.rank() == 2 && rows == 1);
  }

  boolean[] range(int firstExample, int examples) {
    return Arrays.copyOfRange(kept, firstExample * rows, (firstExample + examples) * rows);
  }

  boolean keeps(int example, int row) {
    return kept[example * rows + row];
  }
}
