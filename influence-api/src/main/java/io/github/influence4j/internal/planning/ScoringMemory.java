/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.planning;

import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Truncation;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How scoring is cut so that it fits in memory.
 *
 * @param backend does the arithmetic; borrowed
 * @param maxMemory budget in bytes
 */
public record ScoringMemory(ComputeBackend backend, long maxMemory) {
  /**
   * Of a layer's queries.
   *
   * @param option how queries are truncated; null for exact ones
   * @param layerRank 0 for a layer whose queries stay exact
   * @return null where they stay exact
   */
  public static @Nullable Truncation truncation(@Nullable LowRank option, int layerRank) {
    return option == null || layerRank == 0
        ? null
        : new Truncation(layerRank, option.method() == LowRank.Method.RANDOMIZED, option.seed());
  }

  /**
   * The ranks that queries are truncated to at first.
   *
   * @param layers the layers
   * @param option how queries are truncated; null for exact ones
   * @return by name; layers left out are dense
   */
  public static Map<String, Integer> ranks(List<LayerCost> layers, @Nullable LowRank option) {
    Map<String, Integer> ranks = new HashMap<>();
    if (option != null) {
      layers.stream()
          .filter(layer -> layer.model().truncates(option.rank()))
          .forEach(layer -> ranks.put(layer.layer(), option.rank()));
    }
    return ranks;
  }

  /**
   * What operations on layers may take.
   *
   * @param layers the layers
   * @param ranks of the layers to truncate, by name
   * @param option how they are truncated; null for exact queries
   * @return bytes, of the layer that takes most
   */
  public long workBytes(
      List<LayerCost> layers, Map<String, Integer> ranks, @Nullable LowRank option) {
    long work = 0;
    for (LayerCost layer : layers) {
      CostModel model = layer.model();
      Truncation truncation = truncation(option, ranks.getOrDefault(layer.layer(), 0));
      work = Math.max(work, backend.workBytes(model.inputs(), model.outputs(), truncation));
    }
    return work;
  }

  /**
   * A plan for scores against queries.
   *
   * @param layers the layers
   * @param ranks of the layers to truncate, by name
   * @param option how they are truncated; null for exact queries
   * @param dampings served at once
   * @return the plan
   * @throws IllegalArgumentException if one query of one layer exceeds the budget
   */
  public ScorePlan plan(
      List<LayerCost> layers, Map<String, Integer> ranks, @Nullable LowRank option, int dampings) {
    long work = workBytes(layers, ranks, option);
    return ScorePlan.of(layers, ranks, dampings, elementBytes(), maxMemory, work);
  }

  /**
   * Layers whose self-influence is computed at a time. The weights of several dampings are copied
   * side by side, one layer's at a time.
   *
   * @param layers the layers
   * @param dampings served at once
   * @return numbers of the layers, block by block
   * @throws IllegalArgumentException if one layer exceeds the budget
   */
  public List<List<Integer>> selfBlocks(List<LayerCost> layers, int dampings) {
    long[] each = layers.stream().mapToLong(l -> l.loadedBytes(dampings, elementBytes())).toArray();
    long[] once =
        layers.stream().mapToLong(l -> dampings * l.queryBytes(0, elementBytes())).toArray();
    long work = workBytes(layers, Map.of(), null);
    long free = maxMemory - work;
    for (int i = 0; i < each.length; i++) {
      if (each[i] + once[i] > free) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Layer \"%s\": self-influence with %d damping(s) needs %d bytes, more than"
                    + " maxMemory=%d allows; raise maxMemory, or ask for fewer dampings at once.",
                layers.get(i).layer(),
                dampings,
                work + each[i] + once[i],
                maxMemory));
      }
    }
    return Blocks.of(each, once, free);
  }

  private int elementBytes() {
    return backend.description().precision().type().bytes();
  }
}
