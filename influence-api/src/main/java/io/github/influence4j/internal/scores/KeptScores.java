/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The scores of one damping that a run has kept. */
final class KeptScores implements InfluenceScores {
  private final ScoreTable table;
  private final int damping;

  KeptScores(ScoreTable table, int damping) {
    this.table = table;
    this.damping = damping;
  }

  @Override
  public InfluenceScores forDamping(Damping other) {
    return new KeptScores(table, DampingIndex.of(table.dampings(), other));
  }

  @Override
  public List<Damping> dampings() {
    return table.dampings();
  }

  @Override
  public ScoreOptions options() {
    return table.options();
  }

  @Override
  public List<String> layers() {
    return table.layers();
  }

  @Override
  public int queries() {
    return table.queries();
  }

  @Override
  public long examples() {
    return table.examples();
  }

  @Override
  public int trainingPasses() {
    return table.trainingPasses();
  }

  @Override
  public String explain() {
    return table.explanation();
  }

  @Override
  public double score(int query, long example) {
    return row(table.dense(damping, query))[Math.toIntExact(example)];
  }

  @Override
  public double[] scores(int query) {
    return row(table.dense(damping, query)).clone();
  }

  @Override
  public double[] layerScores(String layer, int query) {
    return row(table.denseLayer(layer, damping, query)).clone();
  }

  @Override
  public double layerScore(String layer, int query, Hit hit) {
    double[] dense = table.denseLayer(layer, damping, query);
    return dense == null
        ? table.hitLayer(layer, damping, query, hit.example())
        : dense[Math.toIntExact(hit.example())];
  }

  @Override
  public double[] rowScores(int query, long example) {
    return table.rows(damping, query, example).clone();
  }

  @Override
  public List<Hit> proponents(int query) {
    TopK hits = table.hits(damping, query);
    return hits == null ? sorted(query, 1) : hits.proponents();
  }

  @Override
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

  @Override
  public double residual(String layer, int query) {
    return table.residual(layer, damping, query);
  }

  @Override
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

  @Override
  public double[][] toMatrix() {
    List<double[]> rows = new ArrayList<>();
    for (int q = 0; q < queries(); q++) {
      rows.add(scores(q));
    }
    return rows.toArray(double[][]::new);
  }
}
