/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.LineChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.statistics.LinearCorrelation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** How low the rank of the queries may be (section 3.2.2). */
final class LowRankStudy implements Study {
  private static final int[] RANKS = {2, 4, 8, 16, 32, 64};

  /** Training sequences at most: enough for a correlation. */
  private static final int SAMPLE = 256;

  private final Table table =
      new Table("model", "rank", "mean Pearson", "lowest Pearson", "mean relative residual");
  private final List<String> models = new ArrayList<>();
  private final List<double[]> means = new ArrayList<>();

  @Override
  public String name() {
    return "low-rank";
  }

  @Override
  public String title() {
    return "Low-rank queries";
  }

  @Override
  public void measure(Checkpoint model) {
    List<Piece> queries =
        QuerySet.kinds(model.asked()).values().stream()
            .map(kind -> model.queries().get(kind.get(0)))
            .toList();
    List<Piece> sample = spread(model.corpus());
    model.say("scoring at full rank");
    InfluenceScores exact = model.score(queries, sample, ScoreOptions.pairwise());
    double[] own = new double[RANKS.length];
    for (int r = 0; r < RANKS.length; r++) {
      model.say("scoring at rank " + RANKS[r]);
      LowRank rank = LowRank.randomized(RANKS[r]);
      InfluenceScores truncated =
          model.score(queries, sample, ScoreOptions.pairwise().withLowRank(rank));
      double[] correlations =
          IntStream.range(0, exact.queries())
              .mapToDouble(q -> LinearCorrelation.of(exact.scores(q), truncated.scores(q)))
              .toArray();
      own[r] = Arrays.stream(correlations).average().orElseThrow();
      table.add(
          model.name(),
          RANKS[r],
          precise(own[r]),
          precise(Arrays.stream(correlations).min().orElseThrow()),
          residual(model.layers(), truncated));
    }
    models.add(model.name());
    means.add(own);
  }

  private static List<Piece> spread(List<Piece> corpus) {
    int count = Math.min(SAMPLE, corpus.size());
    return IntStream.range(0, count)
        .mapToObj(i -> corpus.get((int) ((long) i * corpus.size() / count)))
        .toList();
  }

  private static double residual(List<String> layers, InfluenceScores scores) {
    return layers.stream()
        .flatMapToDouble(
            layer ->
                IntStream.range(0, scores.queries()).mapToDouble(q -> scores.residual(layer, q)))
        .average()
        .orElseThrow();
  }

  private static String precise(double correlation) {
    return String.format(Locale.ROOT, "%.5f", correlation);
  }

  @Override
  public ExperimentResult result() {
    double[] ranks = Arrays.stream(RANKS).asDoubleStream().toArray();
    LineChart chart =
        new LineChart(
            "Scores of truncated queries",
            new Axis("rank", true, ranks),
            Axis.linear("mean Pearson with full rank", lowest(), 1));
    for (int m = 0; m < means.size(); m++) {
      chart.curve(models.get(m), ranks, means.get(m));
    }
    return new ExperimentResult(
        "The preconditioned gradient of each query and layer is truncated to rank r. Pearson's"
            + " correlation with the scores of full rank, over at most "
            + SAMPLE
            + " training sequences spread over the corpus, for the first query of each kind.",
        table,
        chart.svg(),
        List.of(),
        "The paper takes rank 32. A query's gradient in a layer has at most as many dimensions as its"
            + " completion and prompt have tokens.");
  }

  private double lowest() {
    return means.stream().flatMapToDouble(Arrays::stream).min().orElseThrow();
  }
}
