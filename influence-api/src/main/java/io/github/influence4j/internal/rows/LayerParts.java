/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import io.github.influence4j.capture.LayerSpec;
import java.util.List;

/**
 * Where the parts of some layers lie in a flat list: layer after layer, of each layer one part a
 * group. Linear layers have one part.
 */
public final class LayerParts {
  private final List<LayerSpec> layers;

  /** The first part of each layer, then the number of parts. */
  private final int[] first;

  /**
   * The parts of some layers.
   *
   * @param layers in their order
   */
  public LayerParts(List<LayerSpec> layers) {
    this.layers = List.copyOf(layers);
    this.first = new int[layers.size() + 1];
    for (int i = 0; i < layers.size(); i++) {
      first[i + 1] = first[i] + layers.get(i).groups();
    }
  }

  /**
   * The layers.
   *
   * @return in their order
   */
  public List<LayerSpec> layers() {
    return layers;
  }

  /**
   * What belongs to one layer.
   *
   * @param layer its number
   * @param parts something of every part
   * @param <T> what
   * @return a view of those of the layer, one entry a group
   */
  public <T> List<T> of(int layer, List<T> parts) {
    return parts.subList(first[layer], first[layer + 1]);
  }
}
