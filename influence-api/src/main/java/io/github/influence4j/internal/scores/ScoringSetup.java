/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.planning.ScoringMemory;
import io.github.influence4j.spi.ComputeBackend;
import java.util.List;

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
    return LayerCost.of(layer, curvature().strategy());
  }

  int elementBytes() {
    return backend.description().precision().type().bytes();
  }

  ScoringMemory memory() {
    return new ScoringMemory(backend, maxMemory);
  }
}
