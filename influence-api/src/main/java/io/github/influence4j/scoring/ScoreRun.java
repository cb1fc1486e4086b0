/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.replays.CheckedSource;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.planning.LayerCost;
import io.github.influence4j.planning.ScorePlan;
import io.github.influence4j.spi.ComputeBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One call of {@link InfluenceScorer#score}. */
final class ScoreRun {
  private final ScoringSetup setup;
  private final ComputeBackend backend;
  private final FittedCurvature curvature;
  private final GradientSource queries;
  private final GradientSource train;
  private final ScoreOptions options;
  private final QueryPreparation preparation;
  private final List<List<QueryResult>> results = new ArrayList<>();
  private final TrainingPasses passes = new TrainingPasses();

  ScoreRun(ScoringSetup setup, GradientSource queries, GradientSource train, ScoreOptions options) {
    this.setup = setup;
    this.backend = setup.backend();
    this.curvature = setup.curvature();
    this.queries = CheckedSource.of(queries, "query source", "queries");
    this.train = CheckedSource.of(train, "training source", "examples");
    this.options = options;
    this.preparation = new QueryPreparation(setup, this.queries, options);
    options.dampings().forEach(damping -> results.add(new ArrayList<>()));
  }

  InfluenceScores run() {
    LowRank lowRank = options.lowRank();
    List<LayerCost> costs = setup.costs();
    Map<String, Integer> ranks =
        lowRank == null ? Map.of() : new RankSearch(preparation, lowRank).ranks(costs);
    ScorePlan plan = preparation.plan(costs, ranks);
    int first = 0;
    do {
      scan(plan, first);
      first += plan.queriesPerPass();
    } while (first < preparation.total());
    boolean secondLook =
        options.perQueryRow() || (options.topK() > 0 && (lowRank != null || options.perRow()));
    if (secondLook) {
      lookAgain();
    }
    double factor =
        options.normalization() == Normalization.PER_EXAMPLE ? 1.0 / passes.examples() : 1;
    TrainingGroups groups = options.groups();
    int targets = groups == null ? passes.examples() : groups.count();
    List<String> names = curvature.layers().stream().map(LayerSpec::name).toList();
    results.forEach(
        ofDamping -> ofDamping.forEach(result -> result.finish(factor, targets, names)));
    return new InfluenceScores(
        new ScoreTable(
            options.dampings(),
            results,
            names,
            targets,
            passes.count(),
            plan.explain(preparation.total())),
        0);
  }

  /** All layers of the queries from {@code first} on that fit. */
  private void scan(ScorePlan plan, int first) {
    List<List<QueryResult>> block = new ArrayList<>();
    for (List<Integer> layerBlock : plan.layerBlocks()) {
      boolean complete = plan.layerBlocks().size() == 1;
      try (PreparedQueries prepared = preparation.prepare(plan, layerBlock, first)) {
        if (block.isEmpty()) {
          block.addAll(newResults(prepared.count()));
        }
        residuals(block, prepared, layerBlock);
        scanTraining(prepared, block, preparation.layers(plan, layerBlock), complete);
      }
    }
    for (int d = 0; d < block.size(); d++) {
      if (plan.layerBlocks().size() > 1 && options.topK() > 0) {
        block.get(d).forEach(QueryResult::offerTotals);
      }
      results.get(d).addAll(block.get(d));
    }
  }

  private List<List<QueryResult>> newResults(int count) {
    List<List<QueryResult>> block = new ArrayList<>();
    for (int d = 0; d < options.dampings().size(); d++) {
      List<QueryResult> ofDamping = new ArrayList<>();
      for (int q = 0; q < count; q++) {
        ofDamping.add(new QueryResult(options));
      }
      block.add(ofDamping);
    }
    return block;
  }

  private void residuals(
      List<List<QueryResult>> block, PreparedQueries prepared, List<Integer> layerBlock) {
    for (int i = 0; i < layerBlock.size(); i++) {
      String name = curvature.layers().get(layerBlock.get(i)).name();
      for (int d = 0; d < block.size(); d++) {
        for (int q = 0; q < prepared.count(); q++) {
          double residual = prepared.residual(i, d * prepared.count() + q);
          block.get(d).get(q).residuals.put(name, residual);
        }
      }
    }
  }

  private void scanTraining(
      PreparedQueries prepared,
      List<List<QueryResult>> block,
      List<LayerSpec> specs,
      boolean complete) {
    List<LoadedLayer> layers = new ArrayList<>();
    for (LayerSpec layer : specs) {
      layers.add(new LoadedLayer(layer, LoadedCurvature.cost(curvature, layer), List.of()));
    }
    try (TrainingScan scan =
        new TrainingScan(
            backend,
            curvature.layers(),
            layers,
            prepared,
            block,
            options,
            setup.control(),
            passes.count(),
            preparation.total() * options.dampings().size(),
            complete)) {
      train.replay(scan);
      scan.finish();
      passes.end(scan.seen());
    }
  }

  /** Exact scores and row scores of the hits. */
  private void lookAgain() {
    ScorePlan plan = preparation.plan(setup.costs(), Map.of());
    for (int first = 0; first < preparation.total(); first += plan.queriesPerPass()) {
      int last = Math.min(preparation.total(), first + plan.queriesPerPass());
      List<List<QueryResult>> block = new ArrayList<>();
      for (List<QueryResult> ofDamping : results) {
        block.add(ofDamping.subList(first, last));
      }
      List<List<Map<Long, Double>>> exact = HitScan.noScores(block);
      for (List<Integer> layerBlock : plan.layerBlocks()) {
        lookAgain(plan, layerBlock, first, last - first, block, exact);
      }
      if (options.topK() > 0 && options.lowRank() != null) {
        for (int d = 0; d < block.size(); d++) {
          for (int q = 0; q < last - first; q++) {
            block.get(d).get(q).rescore(exact.get(d).get(q));
          }
        }
      }
    }
  }

  private void lookAgain(
      ScorePlan plan,
      List<Integer> layerBlock,
      int first,
      int count,
      List<List<QueryResult>> block,
      List<List<Map<Long, Double>>> exact) {
    List<LayerSpec> layers = preparation.layers(plan, layerBlock);
    try (PreparedQueries prepared = preparation.prepare(plan, layerBlock, first);
        LoadedCurvature loaded =
            new LoadedCurvature(backend, curvature, layers, options.dampings())) {
      BatchReader reader = new BatchReader(curvature.layers(), layers, backend);
      SharedOffsets offsets = new SharedOffsets(curvature.layers(), layers, backend);
      QueryRows rows = null;
      if (options.perQueryRow()) {
        rows = new QueryRows(backend, reader, offsets, first, count);
        queries.replay(rows);
      }
      HitScan scan =
          new HitScan(
              backend,
              loaded,
              prepared,
              rows,
              block,
              exact,
              options,
              setup.control(),
              reader,
              offsets,
              plan,
              preparation.total() * options.dampings().size());
      train.replay(scan);
      passes.end(scan.seen());
    }
  }
}
