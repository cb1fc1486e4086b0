/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.curvature.Damping;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What to score and how.
 *
 * <pre>{@code
 * ScoreOptions.topK(10).withLowRank(LowRank.randomized(32)).withPerLayer(true);
 * }</pre>
 */
public final class ScoreOptions {
  private final int topK;
  private final List<Damping> dampings;
  private final Normalization normalization;
  private final boolean perLayer;
  private final boolean perRow;
  private final boolean perQueryRow;
  private final boolean aggregateQueries;
  private final @Nullable TrainingGroups groups;
  private final @Nullable LowRank lowRank;
  private final @Nullable QueryRefinement refinement;

  /** Checks what does not go together. */
  private ScoreOptions(Draft draft) {
    topK = draft.topK;
    dampings = List.copyOf(draft.dampings);
    normalization = Objects.requireNonNull(draft.normalization, "normalization");
    perLayer = draft.perLayer;
    perRow = draft.perRow;
    perQueryRow = draft.perQueryRow;
    aggregateQueries = draft.aggregateQueries;
    groups = draft.groups;
    lowRank = draft.lowRank;
    refinement = draft.refinement;
    if (topK < 0) {
      throw new IllegalArgumentException("topK must be 0 or more, got " + topK);
    }
    if (dampings.isEmpty()) {
      throw new IllegalArgumentException("Give at least one damping.");
    }
    if (groups != null && (topK > 0 || perRow || perQueryRow)) {
      throw new IllegalArgumentException(
          "Groups of training examples have neither top-k nor row scores; score examples for"
              + " those.");
    }
    if (aggregateQueries && perQueryRow) {
      throw new IllegalArgumentException(
          "The sum of all queries has no query rows; score the queries one by one for those.");
    }
    if (refinement != null && (perQueryRow || (topK == 0 && lowRank != null))) {
      throw new IllegalArgumentException(
          "Refined queries have no query rows, and without a top-k they are not truncated; leave out"
              + " perQueryRow and lowRank.");
    }
    if (perRow && perQueryRow) {
      throw new IllegalArgumentException(
          "Ask for the rows of one side at a time: perRow or perQueryRow.");
    }
  }

  /**
   * The score of every pair, with heuristic damping, exact and not normalised.
   *
   * @return the options
   */
  public static ScoreOptions pairwise() {
    return new Draft().options();
  }

  /**
   * The strongest proponents and opponents of each query. Never holds queries × examples.
   *
   * @param k how many of each
   * @return the options
   */
  public static ScoreOptions topK(int k) {
    Draft draft = new Draft();
    draft.topK = k;
    return draft.options();
  }

  /**
   * Changes the dampings.
   *
   * @param values one or more
   * @return a copy
   */
  public ScoreOptions withDampings(Damping... values) {
    Draft draft = new Draft(this);
    draft.dampings = List.of(values);
    return draft.options();
  }

  /**
   * Changes the unit.
   *
   * @param unit the unit
   * @return a copy
   */
  public ScoreOptions withNormalization(Normalization unit) {
    Draft draft = new Draft(this);
    draft.normalization = unit;
    return draft.options();
  }

  /**
   * Keeps each layer's part.
   *
   * @param keep whether to
   * @return a copy
   */
  public ScoreOptions withPerLayer(boolean keep) {
    Draft draft = new Draft(this);
    draft.perLayer = keep;
    return draft.options();
  }

  /**
   * Keeps each training row's part. All layers must have the same rows an example.
   *
   * @param keep whether to
   * @return a copy
   */
  public ScoreOptions withPerRow(boolean keep) {
    Draft draft = new Draft(this);
    draft.perRow = keep;
    return draft.options();
  }

  /**
   * Keeps each query row's part. All layers must have the same rows an example. Always exact.
   *
   * @param keep whether to
   * @return a copy
   */
  public ScoreOptions withPerQueryRow(boolean keep) {
    Draft draft = new Draft(this);
    draft.perQueryRow = keep;
    return draft.options();
  }

  /**
   * Scores the sum of all queries as one query.
   *
   * @param aggregate whether to
   * @return a copy
   */
  public ScoreOptions withAggregatedQueries(boolean aggregate) {
    Draft draft = new Draft(this);
    draft.aggregateQueries = aggregate;
    return draft.options();
  }

  /**
   * Sums the scores of groups of training examples.
   *
   * @param trainingGroups the groups, null for none
   * @return a copy
   */
  public ScoreOptions withGroups(@Nullable TrainingGroups trainingGroups) {
    Draft draft = new Draft(this);
    draft.groups = trainingGroups;
    return draft.options();
  }

  /**
   * Truncates the queries. With topK the hits are scored again exactly.
   *
   * @param truncation rank and method, null for exact queries
   * @return a copy
   */
  public ScoreOptions withLowRank(@Nullable LowRank truncation) {
    Draft draft = new Draft(this);
    draft.lowRank = truncation;
    return draft.options();
  }

  /**
   * Preconditions the queries more accurately than the curvature does. With topK the curvature
   * finds the hits, and they are scored again and put in order by the refined queries; without,
   * these score every pair.
   *
   * @param value such as a solver of {@code io.github.influence4j.solver}, null for none
   * @return a copy
   */
  public ScoreOptions withRefinement(@Nullable QueryRefinement value) {
    Draft draft = new Draft(this);
    draft.refinement = value;
    return draft.options();
  }

  /**
   * How many proponents and opponents to keep of each query.
   *
   * @return 0 keeps the score of every pair, which needs memory for queries × examples
   */
  public int topK() {
    return topK;
  }

  /**
   * The dampings.
   *
   * @return one or more; all are served by the same passes over the data
   */
  public List<Damping> dampings() {
    return dampings;
  }

  /**
   * The unit of the scores.
   *
   * @return the unit
   */
  public Normalization normalization() {
    return normalization;
  }

  /**
   * Whether to keep each layer's part of each score.
   *
   * @return whether
   */
  public boolean perLayer() {
    return perLayer;
  }

  /**
   * Whether to keep each training row's (token's) part of each score; with topK, of the hits only.
   *
   * @return whether
   */
  public boolean perRow() {
    return perRow;
  }

  /**
   * Whether to keep each query row's part of each score; with topK, of the hits only.
   *
   * @return whether
   */
  public boolean perQueryRow() {
    return perQueryRow;
  }

  /**
   * Whether to score the sum of all queries as one.
   *
   * @return whether
   */
  public boolean aggregateQueries() {
    return aggregateQueries;
  }

  /**
   * Training examples whose scores are summed.
   *
   * @return the groups; null scores each example on its own
   */
  public @Nullable TrainingGroups groups() {
    return groups;
  }

  /**
   * Truncation of the queries.
   *
   * @return rank and method; null keeps them exact
   */
  public @Nullable LowRank lowRank() {
    return lowRank;
  }

  /**
   * What preconditions the queries instead of the curvature.
   *
   * @return null for the curvature alone
   */
  public @Nullable QueryRefinement refinement() {
    return refinement;
  }

  private List<@Nullable Object> values() {
    return Arrays.asList(
        topK,
        dampings,
        normalization,
        perLayer,
        perRow,
        perQueryRow,
        aggregateQueries,
        groups,
        lowRank,
        refinement);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScoreOptions options && values().equals(options.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  /** Options in the making. */
  private static final class Draft {
    private int topK;
    private List<Damping> dampings = List.of(Damping.HEURISTIC);
    private Normalization normalization = Normalization.NONE;
    private boolean perLayer;
    private boolean perRow;
    private boolean perQueryRow;
    private boolean aggregateQueries;
    private @Nullable TrainingGroups groups;
    private @Nullable LowRank lowRank;
    private @Nullable QueryRefinement refinement;

    Draft() {}

    Draft(ScoreOptions from) {
      topK = from.topK;
      dampings = from.dampings;
      normalization = from.normalization;
      perLayer = from.perLayer;
      perRow = from.perRow;
      perQueryRow = from.perQueryRow;
      aggregateQueries = from.aggregateQueries;
      groups = from.groups;
      lowRank = from.lowRank;
      refinement = from.refinement;
    }

    ScoreOptions options() {
      return new ScoreOptions(this);
    }
  }
}
