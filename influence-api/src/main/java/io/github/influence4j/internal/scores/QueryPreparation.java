/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.planning.ScorePlan;
import io.github.influence4j.scoring.QueryRefinement;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Replays the queries and preconditions as many of them, in as many layers, as a plan allows. */
final class QueryPreparation {
  private final ScoringSetup setup;
  private final GradientSource queries;
  private final ScoreOptions options;
  private @Nullable RefinedQueries refined;
  private int total;

  QueryPreparation(ScoringSetup setup, GradientSource queries, ScoreOptions options) {
    this.setup = setup;
    this.queries = queries;
    this.options = options;
  }

  /** All queries; known once some have been prepared. */
  int total() {
    return total;
  }

  /**
   * A plan for some layers.
   *
   * @param ranks of the layers to truncate, by name
   */
  ScorePlan plan(List<LayerCost> layers, Map<String, Integer> ranks) {
    return setup.memory().plan(layers, ranks, options.lowRank(), options.dampings().size());
  }

  /** One pass of a plan. */
  ScoringPass pass(ScorePlan plan, List<Integer> block, int firstQuery) {
    return new ScoringPass(setup, options, plan, block, firstQuery);
  }

  /** The queries of a pass, as the training data are scanned with; for the caller to close. */
  PreparedQueries prepare(ScoringPass pass) {
    QueryRefinement refinement = options.topK() > 0 ? null : options.refinement();
    return prepare(pass, refinement);
  }

  /** The same, as hits are scored again with. */
  PreparedQueries prepareAgain(ScoringPass pass) {
    return prepare(pass, options.refinement());
  }

  private PreparedQueries prepare(ScoringPass pass, @Nullable QueryRefinement refinement) {
    PreparedQueries prepared =
        refinement == null ? precondition(pass) : refined(refinement).prepare(pass);
    total = prepared.total();
    return prepared;
  }

  private PreparedQueries precondition(ScoringPass pass) {
    try (QueryCollector collector = new QueryCollector(pass, pass.load())) {
      queries.replay(collector);
      return collector.finish();
    }
  }

  private RefinedQueries refined(QueryRefinement refinement) {
    if (refined == null) {
      refined = RefinedQueries.of(setup, queries, options, refinement);
    }
    return refined;
  }
}
