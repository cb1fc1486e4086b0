/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.planning.CostModel;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Truncation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run of a scorer scores with.
 *
 * @param backend does the arithmetic; borrowed
 * @param loaded the fitted Hessian approximation, with what of it is on the backend
 * @param maxMemory bytes that the backend may hold at a time
 * @param control watches and stops
 */
record ScoringSetup(
    ComputeBackend backend, LoadedCurvature loaded, long maxMemory, RunControl control) {
  FittedCurvature curvature() {
    return loaded.curvature();
  }

  List<LayerCost> costs() {
    return curvature().layers().stream().map(this::cost).toList();
  }

  LayerCost cost(LayerSpec layer) {
    int outputs = layer.outputs() / layer.groups();
    CostModel model =
        new CostModel(layer.gradientColumns(), outputs, curvature().strategy().blocks());
    return new LayerCost(layer.name(), model, layer.groups());
  }

  int elementBytes() {
    return backend.description().precision().type().bytes();
  }

  /** What the backend may take for operations on a layer whose queries are truncated so. */
  long workBytes(LayerCost layer, @Nullable Truncation truncation) {
    return backend.workBytes(layer.model().inputs(), layer.model().outputs(), truncation);
  }

  /** Of a layer's queries; null where they stay exact. */
  static @Nullable Truncation truncation(@Nullable LowRank option, int layerRank) {
    return option == null || layerRank == 0
        ? null
        : new Truncation(layerRank, option.method() == LowRank.Method.RANDOMIZED, option.seed());
  }
}
