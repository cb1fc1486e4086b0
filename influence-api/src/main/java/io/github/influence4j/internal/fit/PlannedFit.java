/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.fit;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.planning.FitPlan;
import io.github.influence4j.internal.replays.CheckedSource;
import io.github.influence4j.spi.ComputeBackend;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fits all layers at once if they fit in memory, else some layers after the others, each time with
 * both passes over the data. Layers that share an input stay together. Where the data turn out to
 * need accumulators for which there is no room ({@link SpareMemory}), fewer layers start again.
 */
public final class PlannedFit {
  private final ComputeBackend backend;
  private final FitPlan plan;
  private final RunControl control;

  /**
   * A plan for a model.
   *
   * @param backend does the arithmetic; borrowed
   * @param plan what fits at once
   * @param control watches and stops
   */
  public PlannedFit(ComputeBackend backend, FitPlan plan, RunControl control) {
    this.backend = backend;
    this.plan = plan;
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
    List<List<LayerSpec>> left = plan.families();
    Map<String, Long> bands = new HashMap<>();
    GradientSource checked = CheckedSource.of(source, "source", "examples");
    for (int run = 0; !left.isEmpty(); run++) {
      List<List<LayerSpec>> block = plan.blocks(left, bands).get(0);
      List<LayerSpec> some = block.stream().flatMap(List::stream).toList();
      SpareMemory spare = new SpareMemory(plan.maxMemory() - plan.bytes(block));
      FittedCurvature fitted = fit(checked, some, run, spare);
      if (fitted == null) {
        bands.putAll(spare.taken()); // so that the next plan is another
      } else {
        some.forEach(layer -> factors.add(fitted.factors(layer.name())));
        left = left.subList(block.size(), left.size());
      }
    }
    factors.sort(Comparator.comparingInt(fitted -> plan.layers().indexOf(fitted.layer())));
    return new FittedCurvature(plan.strategy(), factors);
  }

  /** Some layers; null if they turn out to need more memory than there is. */
  private @Nullable FittedCurvature fit(
      GradientSource source, List<LayerSpec> some, int run, SpareMemory spare) {
    try (CurvatureFitter fitter =
        new BackendCurvatureFitter(
            backend,
            new FitPass(plan.layers(), some, run, spare),
            plan.strategy(),
            control,
            () -> {})) {
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
    List<List<List<LayerSpec>>> blocks = plan.blocks(plan.families(), Map.of());
    if (blocks.size() > 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The layers from \"%s\" on do not fit into maxMemory=%d beside those before; raise"
                  + " maxMemory, or call Influence.fit, which replays the data for some layers at a"
                  + " time.",
              blocks.get(1).get(0).get(0).name(),
              plan.maxMemory()));
    }
    SpareMemory spare = new SpareMemory(plan.maxMemory() - plan.bytes(blocks.get(0)));
    FitPass pass = new FitPass(plan.layers(), plan.layers(), 0, spare);
    return new BackendCurvatureFitter(backend, pass, plan.strategy(), control, closed);
  }
}
