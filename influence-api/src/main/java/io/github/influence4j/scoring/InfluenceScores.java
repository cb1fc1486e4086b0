/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.curvature.Damping;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The scores of one damping; {@link #forDamping} gives those of the others. Positive scores are
 * proponents: training on the example lowers the query's loss. Immutable.
 */
public interface InfluenceScores {
  /**
   * The scores of another damping of the same run.
   *
   * @param other one of {@link #dampings}
   * @return its scores
   */
  InfluenceScores forDamping(Damping other);

  /**
   * All dampings of the run.
   *
   * @return in the order they were asked for
   */
  List<Damping> dampings();

  /**
   * What was asked for, and so what can be read here.
   *
   * @return the options of the run
   */
  ScoreOptions options();

  /**
   * The layers that were scored.
   *
   * @return their names, in the order of the model
   */
  List<String> layers();

  /**
   * Number of queries.
   *
   * @return Q; 1 for aggregated queries
   */
  int queries();

  /**
   * Number of training examples, or of groups of them.
   *
   * @return N
   */
  long examples();

  /**
   * How often the training data were replayed, the look back at the hits of a top-k included. Hits
   * that the source gives by number ({@link io.github.influence4j.capture.IndexedGradients}) need
   * no replay.
   *
   * @return passes
   */
  int trainingPasses();

  /**
   * How each operation was done and why.
   *
   * @return a few lines to read
   */
  String explain();

  /**
   * One score.
   *
   * @param query below {@link #queries}
   * @param example below {@link #examples}
   * @return its score
   * @throws IllegalStateException if only a top-k was asked for
   */
  double score(int query, long example);

  /**
   * All scores of a query.
   *
   * @param query below {@link #queries}
   * @return [N]
   * @throws IllegalStateException if only a top-k was asked for
   */
  double[] scores(int query);

  /**
   * One layer's part of all scores of a query.
   *
   * @param layer its name
   * @param query below {@link #queries}
   * @return [N]; over all layers the parts add up to the scores
   * @throws IllegalStateException if perLayer was not asked for, or only a top-k
   */
  double[] layerScores(String layer, int query);

  /**
   * One layer's part of a hit's score.
   *
   * @param layer its name
   * @param query below {@link #queries}
   * @param hit one of the query's proponents or opponents
   * @return the part
   */
  double layerScore(String layer, int query, Hit hit);

  /**
   * Each row's part of one score.
   *
   * @param query below {@link #queries}
   * @param example a training example; with topK, a hit of the query
   * @return one value a row (token) of the training example (perRow) or of the query (perQueryRow),
   *     padding left out; their sum is the score
   * @throws IllegalStateException if row scores were not asked for
   */
  double[] rowScores(int query, long example);

  /**
   * The examples that speak for the query: positive scores, highest first; equal scores by number.
   *
   * @param query below {@link #queries}
   * @return at most topK hits; without topK, all positive ones
   */
  List<Hit> proponents(int query);

  /**
   * The examples that speak against the query: negative scores, lowest first; equal scores by
   * number.
   *
   * @param query below {@link #queries}
   * @return at most topK hits; without topK, all negative ones
   */
  List<Hit> opponents(int query);

  /**
   * What the truncation of a query left out in one layer: {@code ‖V−V_r‖_F / ‖V‖_F}.
   *
   * @param layer its name
   * @param query below {@link #queries}
   * @return the relative residual; 0 where the layer was not truncated. For a grouped convolution
   *     the largest of its groups
   */
  double residual(String layer, int query);

  /**
   * How well the order of a truncated top-k agrees with its exact rescoring.
   *
   * @param query below {@link #queries}
   * @return Spearman's rank correlation over all hits of the query; empty where nothing was
   *     rescored or there are fewer than two hits
   */
  OptionalDouble rankAgreement(int query);

  /**
   * All scores as one matrix.
   *
   * @return [Q][N]
   * @throws IllegalStateException if only a top-k was asked for
   */
  double[][] toMatrix();
}
