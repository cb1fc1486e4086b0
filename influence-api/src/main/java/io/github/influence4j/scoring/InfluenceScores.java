/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.curvature.Damping;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The scores of one damping; {@link #forDamping} gives those of the others. Positive scores are
 * proponents: training on the example lowers the query's loss. Immutable.
 */
public final class InfluenceScores {
  private final ScoreTable table;
  private final int damping;

  InfluenceScores(ScoreTable table, int damping) {
    this.table = table;
    this.damping = damping;
  }

  /**
   * The scores of another damping of the same run.
   *
   * @param other one of {@link #dampings}
   * @return its scores
   */
  public InfluenceScores forDamping(Damping other) {
    return new InfluenceScores(table, DampingIndex.of(table.dampings(), other));
  }

  /**
   * All dampings of the run.
   *
   * @return in the order they were asked for
   */
  public List<Damping> dampings() {
    return table.dampings();
  }

  /**
   * What was asked for, and so what can be read here.
   *
   * @return the options of the run
   */
  public ScoreOptions options() {
    return table.options();
  }

  /**
   * The layers that were scored.
   *
   * @return their names, in the order of the model
   */
  public List<String> layers() {
    return table.layers();
  }

  /**
   * Number of queries.
   *
   * @return Q; 1 for aggregated queries
   */
  public int queries() {
    return table.queries();
  }

  /**
   * Number of training examples, or of groups of them.
   *
   * @return N
   */
  public long examples() {
    return table.examples();
  }

  /**
   * How often the training data were replayed, the look back at the hits of a top-k included. Hits
   * that the source gives by number ({@link io.github.influence4j.capture.IndexedGradients}) need
   * no replay.
   *
   * @return passes
   */
  public int trainingPasses() {
    return table.trainingPasses();
  }

  /**
   * How each operation was done and why.
   *
   * @return a few lines to read
   */
  public String explain() {
    return table.explanation();
  }

  /**
   * One score.
   *
   * @param query below {@link #queries}
   * @param example below {@link #examples}
   * @return its score
   * @throws IllegalStateException if only a top-k was asked for
   */
  public double score(int query, int example) {
    return row(table.dense(damping, query))[example];
  }

  /**
   * All scores of a query.
   *
   * @param query below {@link #queries}
   * @return [N]
   * @throws IllegalStateException if only a top-k was asked for
   */
  public double[] scores(int query) {
    return row(table.dense(damping, query)).clone();
  }

  /**
   * One layer's part of all scores of a query.
   *
   * @param layer its name
   * @param query below {@link #queries}
   * @return [N]; over all layers the parts add up to the scores
   * @throws IllegalStateException if perLayer was not asked for, or only a top-k
   */
  public double[] layerScores(String layer, int query) {
    return row(table.denseLayer(layer, damping, query)).clone();
  }

  /**
   * One layer's part of a hit's score.
   *
   * @param layer its name
   * @param query below {@link #queries}
   * @param hit one of the query's proponents or opponents
   * @return the part
   */
  public double layerScore(String layer, int query, Hit hit) {
    double[] dense = table.denseLayer(layer, damping, query);
    return dense == null
        ? table.hitLayer(layer, damping, query, hit.example())
        : dense[(int) hit.example()];
  }

  /**
   * Each row's part of one score.
   *
   * @param query below {@link #queries}
   * @param example a training example; with topK, a hit of the query
   * @return one value a row (token) of the training example (perRow) or of the query (perQueryRow),
   *     padding left out; their sum is the score
   * @throws IllegalStateException if row scores were not asked for
   */
  public double[] rowScores(int query, long example) {
    return table.rows(damping, query, example).clone();
  }

  /**
   * The examples that speak for the query: positive scores, highest first; equal scores by number.
   *
   * @param query below {@link #queries}
   * @return at most topK hits; without topK, all positive ones
   */
  public List<Hit> proponents(int query) {
    TopK hits = table.hits(damping, query);
    return hits == null ? sorted(query, 1) : hits.proponents();
  }

  /**
   * The examples that speak against the query: negative scores, lowest first; equal scores by
   * number.
   *
   * @param query below {@link #queries}
   * @return at most topK hits; without topK, all negative ones
   */
  public List<Hit> opponents(int query) {
    TopK hits = table.hits(damping, query);
    return hits == null ? sorted(query, -1) : hits.opponents();
  }

  private List<Hit> sorted(int query, int sign) {
    double[] scores = row(table.dense(damping, query));
    Comparator<Hit> strongest = Comparator.comparingDouble(hit -> -sign * hit.score());
    return IntStream.range(0, scores.length)
        .filter(e -> sign * scores[e] > 0)
        .mapToObj(e -> new Hit(e, scores[e]))
        .sorted(strongest)
        .toList();
  }

  /**
   * What the truncation of a query left out in one layer: {@code ‖V−V_r‖_F / ‖V‖_F}.
   *
   * @param layer its name
   * @param query below {@link #queries}
   * @return the relative residual; 0 where the layer was not truncated. For a grouped convolution
   *     the largest of its groups
   */
  public double residual(String layer, int query) {
    return table.residual(layer, damping, query);
  }

  /**
   * How well the order of a truncated top-k agrees with its exact rescoring.
   *
   * @param query below {@link #queries}
   * @return Spearman's rank correlation over all hits of the query; empty where nothing was
   *     rescored or there are fewer than two hits
   */
  public OptionalDouble rankAgreement(int query) {
    return table.rankAgreement(damping, query);
  }

  private static double[] row(double @Nullable [] values) {
    if (values == null) {
      throw new IllegalStateException(
          "These scores were not kept; ask for them with ScoreOptions (pairwise() keeps every pair,"
              + " withPerLayer(true) keeps layers).");
    }
    return values;
  }

  /**
   * All scores as one matrix.
   *
   * @return [Q][N]
   * @throws IllegalStateException if only a top-k was asked for
   */
  public double[][] toMatrix() {
    List<double[]> rows = new ArrayList<>();
    for (int q = 0; q < queries(); q++) {
      rows.add(scores(q));
    }
    return rows.toArray(double[][]::new);
  }
}
