/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.internal.rows.LayerParts;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Row scores are summed over layers, so all layers must have the same rows: those of the model, not
 * only those that happen to be scored together for want of memory.
 */
final class SharedOffsets implements AutoCloseable {
  private final LayerParts layers;

  /** Null where the layers are the whole model. */
  private final @Nullable BatchReader others;

  /**
   * Of some layers.
   *
   * @param model all layers
   * @param layers those that are scored together
   */
  SharedOffsets(List<LayerSpec> model, List<LayerSpec> layers, ComputeBackend backend) {
    this.layers = new LayerParts(layers);
    this.others = layers.size() == model.size() ? null : new BatchReader(model, model, backend);
  }

  /** The offsets that all layers of a batch have, of which some were read already. */
  int[] of(GradientBatch batch, List<ExampleRows> rows) {
    if (others != null) {
      of(others.parts(), others.read(batch));
    }
    return of(layers, rows);
  }

  /** Of layers that were read. */
  private static int[] of(LayerParts parts, List<ExampleRows> rows) {
    List<LayerSpec> layers = parts.layers();
    int[] offsets = rows.get(0).offsets();
    int[] index = rows.get(0).activations().index();
    for (int i = 1; i < layers.size(); i++) {
      int[] other = parts.of(i, rows).get(0).offsets();
      if (!Arrays.equals(offsets, other)) {
        throw new IllegalArgumentException(
            "Row scores need layers with the same rows, but layer \""
                + layers.get(i).name()
                + "\" has "
                + other[other.length - 1]
                + " in this batch where layer \""
                + layers.get(0).name()
                + "\" has "
                + offsets[offsets.length - 1]
                + "; ask for row scores of layers of one kind only.");
      }
    }
    for (int i = 1; i < layers.size(); i++) {
      if (!Arrays.equals(index, parts.of(i, rows).get(0).activations().index())) {
        throw new IllegalArgumentException(
            "Row scores need layers with the same rows, but layer \""
                + layers.get(i).name()
                + "\" masks other rows than layer \""
                + layers.get(0).name()
                + "\" does, or has them in another order; ask for row scores of layers of one kind"
                + " only.");
      }
    }
    return offsets;
  }

  @Override
  public void close() {
    if (others != null) {
      others.close();
    }
  }
}
