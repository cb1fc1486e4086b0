/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive examples, with what every tracked layer saw of them.
 *
 * @param examples how many; the same for each layer
 * @param layers one entry for each use of a layer: a layer used twice in one forward pass (tied
 *     weights) has two entries of the same name, whose gradients are summed before anything else
 */
public record GradientBatch(int examples, List<LayerBatch> layers) {
  /** Copies the list. */
  public GradientBatch {
    layers = List.copyOf(layers);
  }

  /**
   * A batch.
   *
   * @param examples how many
   * @param layers one entry for each use of a layer
   * @return the batch
   */
  public static GradientBatch of(int examples, LayerBatch... layers) {
    return new GradientBatch(examples, List.of(layers));
  }

  /**
   * Lets layers be missing from a batch that did not call them, such as experts without tokens. A
   * layer that is missing without this is refused, for it may have been forgotten.
   *
   * @param specs layers that a batch may leave out
   * @return a copy with an empty use of each of them that has none
   */
  public GradientBatch withUncalled(LayerSpec... specs) {
    List<LayerBatch> all = new ArrayList<>(layers);
    for (LayerSpec spec : specs) {
      if (layers.stream().noneMatch(use -> use.layer().equals(spec.name()))) {
        all.add(LayerBatch.empty(spec));
      }
    }
    return new GradientBatch(examples, all);
  }
}
