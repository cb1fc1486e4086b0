/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.replays.CheckedSource;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.spi.ComputeBackend;
import java.lang.ref.Reference;
import java.util.List;
import java.util.function.Function;

/** Scores on a backend. */
public final class BackendInfluenceScorer implements InfluenceScorer {
  private final ComputeBackend backend;
  private final FittedCurvature curvature;
  private final long maxMemory;
  private final RunControl control;
  private final KeptCurvature kept;

  /**
   * A scorer.
   *
   * @param backend does the arithmetic; borrowed
   * @param curvature the fitted Hessian approximation
   * @param maxMemory bytes that the backend may hold at a time
   * @param control watches and stops
   * @param kept where runs leave on the backend what they loaded; borrowed
   */
  public BackendInfluenceScorer(
      ComputeBackend backend,
      FittedCurvature curvature,
      long maxMemory,
      RunControl control,
      KeptCurvature kept) {
    this.backend = backend;
    this.curvature = curvature;
    this.maxMemory = maxMemory;
    this.control = control;
    this.kept = kept;
  }

  @Override
  public InfluenceScores score(GradientSource queries, GradientSource train, ScoreOptions options) {
    return run(setup -> new ScoreRun(setup, queries, train, options).run());
  }

  @Override
  public SelfInfluence selfInfluence(GradientSource train, SelfInfluenceOptions options) {
    return run(setup -> selfInfluence(setup, train, options));
  }

  private <T> T run(Function<ScoringSetup, T> run) {
    LoadedCurvature loaded = kept.take(curvature);
    try {
      return run.apply(new ScoringSetup(backend, loaded, maxMemory, control));
    } finally {
      kept.giveBack(loaded);
      // Whoever frees that when nobody has the curvature any more sees what was loaded.
      Reference.reachabilityFence(curvature);
    }
  }

  private static SelfInfluence selfInfluence(
      ScoringSetup setup, GradientSource train, SelfInfluenceOptions options) {
    ComputeBackend backend = setup.backend();
    List<LayerSpec> layers = setup.curvature().layers();
    GradientSource checked = CheckedSource.of(train, "training source", "examples");
    SelfScan scan = new SelfScan(backend, options, setup.control());
    List<LayerCost> costs = setup.costs();
    for (List<Integer> block : setup.memory().selfBlocks(costs, options.dampings().size())) {
      List<LayerSpec> some = block.stream().map(layers::get).toList();
      List<LayerCost> theirs = block.stream().map(costs::get).toList();
      List<LoadedPart> loaded = setup.loaded().load(theirs, theirs, options.dampings());
      try (BatchReader reader = new BatchReader(layers, some, backend)) {
        scan.begin(loaded, reader);
        checked.replay(scan);
        scan.end();
      }
    }
    return scan.finish();
  }
}
