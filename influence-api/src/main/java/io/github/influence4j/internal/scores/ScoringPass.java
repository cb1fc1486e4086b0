/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.planning.ScorePlan;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.spi.ComputeBackend;
import java.util.List;

/**
 * One pass of a run: some queries and some layers against all training examples.
 *
 * @param setup what the scorer scores with
 * @param options what to score
 * @param plan cuts the run into passes
 * @param block numbers of the layers in the plan
 * @param firstQuery the first query; {@link ScorePlan#queriesPerPass} are served
 */
record ScoringPass(
    ScoringSetup setup, ScoreOptions options, ScorePlan plan, List<Integer> block, int firstQuery) {

  ComputeBackend backend() {
    return setup.backend();
  }

  RunControl control() {
    return setup.control();
  }

  int dampings() {
    return options.dampings().size();
  }

  List<LayerCost> costs() {
    return block.stream().map(plan.layers()::get).toList();
  }

  List<LayerSpec> layers() {
    return costs().stream().map(cost -> setup.curvature().factors(cost.layer()).layer()).toList();
  }

  /** Whether a query is one of those served. */
  boolean serves(int query) {
    return query >= firstQuery && query - firstQuery < plan.queriesPerPass();
  }

  /** Whether a pass may serve all layers of the plan, so that its scores are final. */
  boolean complete() {
    return plan.layerBlocks().size() == 1;
  }

  /** Reads batches of the model; for the caller to close. */
  BatchReader reader() {
    return new BatchReader(setup.curvature().layers(), layers(), backend());
  }

  /** Compares the rows of layers; for the caller to close. */
  SharedOffsets sharedOffsets() {
    return new SharedOffsets(setup.curvature().layers(), layers(), backend());
  }

  /** The curvature of the layers, part after part; until another pass loads its own. */
  List<LoadedPart> load() {
    List<LayerCost> planned = complete() ? plan.layers() : costs();
    return setup.loaded().load(costs(), planned, options.dampings());
  }
}
