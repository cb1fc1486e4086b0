/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.spi.ExampleRows;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Row scores are summed over layers, so all layers must have the same rows. */
final class SharedOffsets {
  private SharedOffsets() {}

  private static int @Nullable [] index(List<ExampleRows> parts) {
    return parts.get(0).activations().index();
  }

  static int[] of(List<LoadedLayer> layers, List<List<ExampleRows>> rows) {
    int[] offsets = rows.get(0).get(0).offsets();
    for (int i = 1; i < rows.size(); i++) {
      int[] other = rows.get(i).get(0).offsets();
      if (!Arrays.equals(offsets, other)) {
        throw new IllegalArgumentException(
            "Row scores need layers with the same rows, but layer \""
                + layers.get(i).layer().name()
                + "\" has "
                + other[other.length - 1]
                + " in this batch where layer \""
                + layers.get(0).layer().name()
                + "\" has "
                + offsets[offsets.length - 1]
                + "; ask for row scores of layers of one kind only.");
      }
    }
    for (int i = 1; i < rows.size(); i++) {
      if (!Arrays.equals(index(rows.get(0)), index(rows.get(i)))) {
        throw new IllegalArgumentException(
            "Row scores need layers with the same rows, but layer \""
                + layers.get(i).layer().name()
                + "\" masks other rows than layer \""
                + layers.get(0).layer().name()
                + "\" does, or has them in another order; ask for row scores of layers of one kind"
                + " only.");
      }
    }
    return offsets;
  }
}
