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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Fits all layers at once if they fit in memory, else some layers after the others, each time with
 * both passes over the data. Layers that share an input stay together. Where the data turn out to
 * need accumulators for which there is no room ({@link SpareMemory}), fewer layers start again.
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
    List<List<LayerSpec>> left = families();
    Map<String, Long> bands = new HashMap<>();
    GradientSource checked = CheckedSource.of(source, "source", "examples");
    for (int run = 0; !left.isEmpty(); run++) {
      List<List<LayerSpec>> block = blocks(left, bands).get(0);
      List<LayerSpec> some = block.stream().flatMap(List::stream).toList();
      SpareMemory spare = new SpareMemory(maxMemory - planned(block));
      FittedCurvature fitted = fit(checked, some, run, spare);
      if (fitted == null) {
        bands.putAll(spare.taken()); // so that the next plan is another
      } else {
        some.forEach(layer -> factors.add(fitted.factors(layer.name())));
        left = left.subList(block.size(), left.size());
      }
    }
    factors.sort(Comparator.comparingInt(fitted -> layers.indexOf(fitted.layer())));
    return new FittedCurvature(strategy, factors);
  }

  /** Some layers; null if they turn out to need more memory than there is. */
  private @Nullable FittedCurvature fit(
      GradientSource source, List<LayerSpec> some, int run, SpareMemory spare) {
    try (CurvatureFitter fitter =
        new BackendCurvatureFitter(
            backend, new FitPass(layers, some, run, spare), strategy, control, () -> {})) {
      FittedCurvature fitted = fitter.fit(source);
      return spare.exceeded() ? null : fitted;
    } catch (RuntimeException e) {
      if (spare.exceeded()) {
        return null; // whatever the source made of the refusal
      }
      throw e;
    }
  }

  /**
   * A fitter of all layers at once, for users who push the batches.
   *
   * @param closed told when the fitter is closed
   * @return an empty fitter
   * @throws IllegalArgumentException if the layers together exceed the budget
   */
  public CurvatureFitter fitter(Runnable closed) {
    List<List<List<LayerSpec>>> blocks = blocks(families(), Map.of());
    if (blocks.size() > 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The layers from \"%s\" on do not fit into maxMemory=%d beside those before; raise"
                  + " maxMemory, or call Influence.fit, which replays the data for some layers at a"
                  + " time.",
              blocks.get(1).get(0).get(0).name(),
              maxMemory));
    }
    SpareMemory spare = new SpareMemory(maxMemory - planned(blocks.get(0)));
    FitPass pass = new FitPass(layers, layers, 0, spare);
    return new BackendCurvatureFitter(backend, pass, strategy, control, closed);
  }

  /** Layers that are fitted together: each with those that share its input. */
  private List<List<LayerSpec>> families() {
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
   * @param bands bytes by layer of the accumulators that the data were seen to need besides
   */
  private List<List<List<LayerSpec>>> blocks(
      List<List<LayerSpec>> families, Map<String, Long> bands) {
    long[] each = new long[families.size()];
    long[] work = new long[families.size()];
    for (int f = 0; f < each.length; f++) {
      long more = families.get(f).stream().mapToLong(l -> bands.getOrDefault(l.name(), 0L)).sum();
      each[f] = bytes(families.get(f)) + more;
      // Backends need not count the work of what is too large by itself.
      work[f] = each[f] > maxMemory ? 0 : work(families.get(f));
      requireFits(families.get(f), each[f] + work[f], more);
    }
    return Blocks.of(each, work, maxMemory).stream()
        .map(block -> block.stream().map(families::get).toList())
        .toList();
  }

  /** What some families take for sure. */
  private long planned(List<List<LayerSpec>> families) {
    long work = families.stream().mapToLong(this::work).max().orElse(0);
    return families.stream().mapToLong(this::bytes).sum() + work;
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

  private CostModel cost(LayerSpec layer) {
    return new CostModel(
        layer.gradientColumns(), layer.outputs() / layer.groups(), strategy.blocks());
  }

  private long bytes(List<LayerSpec> family) {
    return family.stream().mapToLong(this::bytes).sum();
  }

  private long work(List<LayerSpec> family) {
    return family.stream().mapToLong(this::work).max().orElse(0);
  }

  private long bytes(LayerSpec layer) {
    return new LayerCost(layer.name(), cost(layer), layer.groups())
        .fitBytes(backend.description().precision().type().bytes(), layer.inputOf() == null);
  }

  private long work(LayerSpec layer) {
    CostModel cost = cost(layer);
    int side = Math.max(cost.inputs(), cost.outputs());
    int largest = (int) ((side - 1L) / strategy.blocks() + 1);
    return Math.max(
        backend.workBytes(cost.inputs(), cost.outputs(), null),
        backend.eigendecompositionBytes(largest));
  }
}
