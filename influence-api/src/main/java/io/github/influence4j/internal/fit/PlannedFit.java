/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.fit;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.planning.Blocks;
import io.github.influence4j.internal.planning.CostModel;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.replays.CheckedSource;
import io.github.influence4j.spi.ComputeBackend;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Fits all layers at once if they fit in memory, else some layers after the others, each time with
 * both passes over the data. Layers that share an input stay together.
 */
public final class PlannedFit {
  private final ComputeBackend backend;
  private final List<LayerSpec> layers;
  private final CurvatureStrategy strategy;
  private final long maxMemory;
  private final RunControl control;

  /**
   * A plan for a model.
   *
   * @param backend does the arithmetic; borrowed
   * @param layers the layers to track
   * @param strategy the structure
   * @param maxMemory budget in bytes
   * @param control watches and stops
   */
  public PlannedFit(
      ComputeBackend backend,
      List<LayerSpec> layers,
      CurvatureStrategy strategy,
      long maxMemory,
      RunControl control) {
    this.backend = backend;
    this.layers = layers;
    this.strategy = strategy;
    this.maxMemory = maxMemory;
    this.control = control;
  }

  /**
   * Runs all passes.
   *
   * @param source the training data, replayed once for each pass
   * @return the fitted curvature
   * @throws IllegalArgumentException if a layer alone, with those that share its input, exceeds the
   *     budget
   */
  public FittedCurvature fit(GradientSource source) {
    List<LayerFactors> factors = new ArrayList<>();
    int run = 0;
    GradientSource checked = CheckedSource.of(source, "source", "examples");
    for (List<LayerSpec> block : blocks()) {
      try (CurvatureFitter fitter =
          new BackendCurvatureFitter(backend, layers, block, strategy, control, run++)) {
        FittedCurvature fitted = fitter.fit(checked);
        block.forEach(layer -> factors.add(fitted.factors(layer.name())));
      }
    }
    factors.sort(Comparator.comparingInt(fitted -> layers.indexOf(fitted.layer())));
    return new FittedCurvature(strategy, factors);
  }

  /**
   * A fitter of all layers at once, for users who push the batches.
   *
   * @return an empty fitter
   * @throws IllegalArgumentException if the layers together exceed the budget
   */
  public CurvatureFitter fitter() {
    if (blocks().size() > 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The layers from \"%s\" on do not fit into maxMemory=%d beside those before; raise"
                  + " maxMemory, or call Influence.fit, which replays the data for some layers at a"
                  + " time.",
              blocks().get(1).get(0).name(),
              maxMemory));
    }
    return new BackendCurvatureFitter(backend, layers, layers, strategy, control, 0);
  }

  private List<List<LayerSpec>> blocks() {
    List<List<LayerSpec>> families = new ArrayList<>();
    for (LayerSpec layer : layers) {
      if (layer.inputOf() == null) {
        families.add(
            layers.stream()
                .filter(l -> l.equals(layer) || Objects.equals(l.inputOf(), layer.name()))
                .toList());
      }
    }
    long[] each = new long[families.size()];
    long[] work = new long[families.size()];
    for (int f = 0; f < each.length; f++) {
      each[f] = families.get(f).stream().mapToLong(this::bytes).sum();
      work[f] = families.get(f).stream().mapToLong(this::work).max().orElse(0);
      requireFits(families.get(f), each[f] + work[f]);
    }
    return Blocks.of(each, work, maxMemory).stream()
        .map(block -> block.stream().flatMap(f -> families.get(f).stream()).toList())
        .toList();
  }

  private void requireFits(List<LayerSpec> family, long needed) {
    if (needed > maxMemory) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Layer \"%s\"%s: fitting needs %d bytes, more than maxMemory=%d allows; raise"
                  + " maxMemory, or use block-diagonal factors"
                  + " (CurvatureStrategy.blockDiagonalEkfac).",
              family.get(0).name(),
              family.size() == 1 ? "" : " with the layers that share its input",
              needed,
              maxMemory));
    }
  }

  private CostModel cost(LayerSpec layer) {
    return new CostModel(
        layer.gradientColumns(), layer.outputs() / layer.groups(), strategy.blocks());
  }

  private long bytes(LayerSpec layer) {
    return new LayerCost(layer.name(), cost(layer), layer.groups())
        .fitBytes(backend.description().precision().type().bytes(), layer.inputOf() == null);
  }

  private long work(LayerSpec layer) {
    CostModel cost = cost(layer);
    int side = Math.max(cost.inputs(), cost.outputs());
    int largest = (side + strategy.blocks() - 1) / strategy.blocks();
    return Math.max(
        backend.workBytes(cost.inputs(), cost.outputs(), null),
        backend.eigendecompositionBytes(largest));
  }
}
