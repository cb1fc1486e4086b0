/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.internal.memory.HeapSpace;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.planning.ScorePlan;
import io.github.influence4j.internal.replays.CheckedSource;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.Normalization;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.TrainingGroups;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One call of {@link InfluenceScorer#score}. */
final class ScoreRun {
  private final ScoringSetup setup;
  private final GradientSource queries;
  private final CheckedSource train;
  private final ScoreOptions options;
  private final QueryPreparation preparation;
  private final TrainingPasses passes = new TrainingPasses();

  ScoreRun(ScoringSetup setup, GradientSource queries, GradientSource train, ScoreOptions options) {
    this.setup = setup;
    this.queries = CheckedSource.of(queries, "query source", "queries");
    this.train = CheckedSource.of(train, "training source", "examples");
    this.options = options;
    this.preparation = new QueryPreparation(setup, this.queries, options);
  }

  InfluenceScores run() {
    LowRank lowRank = options.lowRank();
    List<LayerCost> costs = setup.costs();
    Map<String, Integer> ranks =
        lowRank == null ? Map.of() : new RankSearch(preparation, lowRank).ranks(costs);
    ScorePlan plan = preparation.plan(costs, ranks);
    QueryGrid<QueryResult> results = QueryGrid.of(options.dampings().size(), 0, this::newResult);
    do {
      requireSpace();
      results = results.then(scan(plan, results.queries()));
    } while (results.queries() < preparation.total());
    boolean secondLook =
        options.perQueryRow()
            || SecondLook.rescores(options)
            || (options.topK() > 0 && options.perRow());
    if (secondLook) {
      lookAgain(results);
    }
    return finish(results, plan);
  }

  /** Users choose how many groups there are, and give some numbers that no example has. */
  private void requireSpace() {
    TrainingGroups groups = options.groups();
    if (groups != null) {
      int parts = options.perLayer() ? 1 + setup.curvature().layers().size() : 1;
      HeapSpace.require(
          (double) Math.max(1, preparation.total()) * options.dampings().size() * parts,
          groups.count(),
          Double.BYTES,
          "Scores of " + groups.count() + " groups of training examples",
          "number the groups from 0 without gaps, ask for fewer queries at once, or start Java with"
              + " a larger -Xmx.");
    }
  }

  private QueryResult newResult() {
    return new QueryResult(options);
  }

  private InfluenceScores finish(QueryGrid<QueryResult> results, ScorePlan plan) {
    double factor =
        options.normalization() == Normalization.PER_EXAMPLE ? 1.0 / passes.examples() : 1;
    TrainingGroups groups = options.groups();
    long targets = groups == null ? passes.examples() : groups.count();
    List<String> names = setup.curvature().layers().stream().map(LayerSpec::name).toList();
    results.all().forEach(result -> result.finish(factor, targets, names));
    ScoreTable table =
        new ScoreTable(
            options.dampings(),
            results,
            names,
            targets,
            passes.count(),
            plan.explain(preparation.total()));
    return new KeptScores(table, 0);
  }

  /** All layers of the queries from {@code first} on that fit. */
  private QueryGrid<QueryResult> scan(ScorePlan plan, int first) {
    QueryGrid<QueryResult> results = null;
    for (List<Integer> block : plan.layerBlocks()) {
      ScoringPass pass = preparation.pass(plan, block, first);
      try (PreparedQueries prepared = preparation.prepare(pass)) {
        if (results == null) {
          results = QueryGrid.of(pass.dampings(), prepared.count(), this::newResult);
        }
        keepResiduals(results, prepared);
        scanTraining(results, prepared);
      }
    }
    QueryGrid<QueryResult> scanned = Objects.requireNonNull(results);
    if (plan.layerBlocks().size() > 1 && options.topK() > 0) {
      scanned.all().forEach(QueryResult::offerTotals);
    }
    return scanned;
  }

  private static void keepResiduals(QueryGrid<QueryResult> results, PreparedQueries prepared) {
    List<LayerCost> layers = prepared.pass().costs();
    for (int i = 0; i < layers.size(); i++) {
      double[] residuals = prepared.residuals(i);
      for (int f = 0; f < residuals.length; f++) {
        results.get(f).residuals.put(layers.get(i).layer(), residuals[f]);
      }
    }
  }

  private void scanTraining(QueryGrid<QueryResult> results, PreparedQueries prepared) {
    try (TrainingScan scan = new TrainingScan(prepared, results, passes.count())) {
      train.replay(scan);
      scan.finish();
      passes.end(scan.seen());
    }
  }

  /** Exact scores and row scores of the hits. */
  private void lookAgain(QueryGrid<QueryResult> results) {
    ScorePlan plan = preparation.plan(setup.costs(), Map.of());
    int total = results.queries();
    for (int first = 0; first < total; first += plan.queriesPerPass()) {
      int last = Math.min(total, first + plan.queriesPerPass());
      QueryGrid<SecondLook> looks = results.range(first, last).map(SecondLook::new);
      long[] hits = train.indexed() && options.topK() > 0 ? hits(looks) : null;
      for (List<Integer> block : plan.layerBlocks()) {
        if (hits == null || hits.length > 0) {
          lookAgain(preparation.pass(plan, block, first), looks, hits);
        }
      }
      if (SecondLook.rescores(options)) {
        looks.all().forEach(SecondLook::rescore);
      }
    }
  }

  /** Of all queries and dampings, ascending. */
  private static long[] hits(QueryGrid<SecondLook> looks) {
    return looks.all().stream().flatMapToLong(SecondLook::hits).distinct().sorted().toArray();
  }

  /**
   * One pass.
   *
   * @param hits the examples to ask for; null to replay all
   */
  private void lookAgain(ScoringPass pass, QueryGrid<SecondLook> looks, long @Nullable [] hits) {
    try (PreparedQueries prepared = preparation.prepareAgain(pass)) {
      QueryRowScores rows = queryRows(pass, looks);
      try (HitScan scan =
          new HitScan(prepared, looks, rows, place -> hits == null ? place : hits[(int) place])) {
        if (hits == null) {
          train.replay(scan);
          passes.end(scan.seen());
        } else {
          train.only(hits).replay(scan);
        }
      }
    }
  }

  private @Nullable QueryRowScores queryRows(ScoringPass pass, QueryGrid<SecondLook> looks) {
    if (!options.perQueryRow()) {
      return null;
    }
    try (QueryRows rows = new QueryRows(pass)) {
      queries.replay(rows);
      return new QueryRowScores(pass, pass.load(), rows.batches(), looks);
    }
  }
}
