/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.planning;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.spi.ComputeBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Which layers are fitted at a time: all if they fit in memory, else some after the others. Layers
 * that share an input stay together.
 *
 * @param backend does the arithmetic; borrowed
 * @param layers the layers to track
 * @param strategy the structure
 * @param maxMemory budget in bytes
 */
public record FitPlan(
    ComputeBackend backend, List<LayerSpec> layers, CurvatureStrategy strategy, long maxMemory) {
  /** Copies the list. */
  public FitPlan {
    layers = List.copyOf(layers);
  }

  /**
   * Layers that are fitted together.
   *
   * @return each with those that share its input
   */
  public List<List<LayerSpec>> families() {
    List<List<LayerSpec>> families = new ArrayList<>();
    for (LayerSpec layer : layers) {
      if (layer.inputOf() == null) {
        families.add(
            layers.stream()
                .filter(l -> l.equals(layer) || Objects.equals(l.inputOf(), layer.name()))
                .toList());
      }
    }
    return families;
  }

  /**
   * As many families at a time as fit.
   *
   * @param families which
   * @param bands bytes by layer of the accumulators that the data were seen to need besides
   * @return block by block, each of families
   * @throws IllegalArgumentException if a family alone exceeds the budget
   */
  public List<List<List<LayerSpec>>> blocks(
      List<List<LayerSpec>> families, Map<String, Long> bands) {
    long[] each = new long[families.size()];
    long[] work = new long[families.size()];
    for (int f = 0; f < each.length; f++) {
      long more = families.get(f).stream().mapToLong(l -> bands.getOrDefault(l.name(), 0L)).sum();
      each[f] = bytesOfFamily(families.get(f)) + more;
      // Backends need not count the work of what is too large by itself.
      work[f] = each[f] > maxMemory ? 0 : work(families.get(f));
      requireFits(families.get(f), each[f] + work[f], more);
    }
    return Blocks.of(each, work, maxMemory).stream()
        .map(block -> block.stream().map(families::get).toList())
        .toList();
  }

  /**
   * What some families take for sure.
   *
   * @param families fitted at a time
   * @return bytes, with the work of operations
   */
  public long bytes(List<List<LayerSpec>> families) {
    long work = families.stream().mapToLong(this::work).max().orElse(0);
    return families.stream().mapToLong(this::bytesOfFamily).sum() + work;
  }

  private void requireFits(List<LayerSpec> family, long needed, long bands) {
    if (needed > maxMemory) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Layer \"%s\"%s: fitting needs %d bytes%s, more than maxMemory=%d allows; raise"
                  + " maxMemory, or use block-diagonal factors"
                  + " (CurvatureStrategy.blockDiagonalEkfac).",
              family.get(0).name(),
              family.size() == 1 ? "" : " with the layers that share its input",
              needed,
              bands == 0 ? "" : ", " + bands + " of them because its numbers differ by magnitudes",
              maxMemory));
    }
  }

  private long bytesOfFamily(List<LayerSpec> family) {
    int elementBytes = backend.description().precision().type().bytes();
    return family.stream()
        .mapToLong(
            layer -> LayerCost.of(layer, strategy).fitBytes(elementBytes, layer.inputOf() == null))
        .sum();
  }

  private long work(List<LayerSpec> family) {
    return family.stream().mapToLong(this::work).max().orElse(0);
  }

  private long work(LayerSpec layer) {
    CostModel cost = LayerCost.of(layer, strategy).model();
    int side = Math.max(cost.inputs(), cost.outputs());
    int largest = (int) ((side - 1L) / strategy.blocks() + 1);
    return Math.max(
        backend.workBytes(cost.inputs(), cost.outputs(), null),
        backend.eigendecompositionBytes(largest));
  }
}
