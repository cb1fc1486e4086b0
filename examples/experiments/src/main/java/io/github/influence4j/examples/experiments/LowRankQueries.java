/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.LineChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.document.Verdict;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.statistics.LinearCorrelation;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** How low the rank of the queries may be (section 3.2.2 and appendix of the paper). */
final class LowRankQueries implements Experiment {
  private static final int[] RANKS = {2, 4, 8, 16, 32, 64};
  private static final int JUDGED = 32;
  private static final double THRESHOLD = 0.99;

  @Override
  public String name() {
    return "low-rank";
  }

  @Override
  public String title() {
    return "Low-rank queries";
  }

  @Override
  public ExperimentResult run(Workbench bench) throws IOException {
    List<TokenSequence> all = bench.training();
    List<TokenSequence> some =
        IntStream.range(0, all.size()).filter(i -> i % 4 == 0).mapToObj(all::get).toList();
    InfluenceScores exact = score(bench, some, ScoreOptions.pairwise());
    Table table = new Table("rank", "mean Pearson", "lowest Pearson", "mean relative residual");
    double[] means = new double[RANKS.length];
    double[] lowest = new double[RANKS.length];
    for (int r = 0; r < RANKS.length; r++) {
      bench.say("rank " + RANKS[r]);
      LowRank rank = LowRank.randomized(RANKS[r]);
      InfluenceScores truncated = score(bench, some, ScoreOptions.pairwise().withLowRank(rank));
      double[] correlations =
          IntStream.range(0, exact.queries())
              .mapToDouble(q -> LinearCorrelation.of(exact.scores(q), truncated.scores(q)))
              .toArray();
      means[r] = Arrays.stream(correlations).average().orElseThrow();
      lowest[r] = Arrays.stream(correlations).min().orElseThrow();
      table.add(RANKS[r], precise(means[r]), precise(lowest[r]), residual(bench, truncated));
    }
    return new ExperimentResult(
        "The preconditioned gradient of each query and layer is truncated to rank r. Pearson's"
            + " correlation with the scores of full rank over "
            + some.size()
            + " training sequences (every fourth).",
        table,
        picture(means, lowest),
        verdicts(means),
        "A sequence's gradient in a layer has at most as many dimensions as the sequence has"
            + " tokens. Scores need fewer: what the truncation leaves out is hardly aligned with"
            + " the gradients of other sequences.");
  }

  private static InfluenceScores score(
      Workbench bench, List<TokenSequence> sequences, ScoreOptions options) throws IOException {
    return bench.attribution().score(bench.queries(), sequences, options);
  }

  private static double residual(Workbench bench, InfluenceScores scores) throws IOException {
    return bench.trained().model().layers().stream()
        .flatMapToDouble(
            layer ->
                IntStream.range(0, scores.queries())
                    .mapToDouble(q -> scores.residual(layer.name(), q)))
        .average()
        .orElseThrow();
  }

  private static String precise(double correlation) {
    return String.format(java.util.Locale.ROOT, "%.5f", correlation);
  }

  private static String picture(double[] means, double[] lowest) {
    double[] ranks = Arrays.stream(RANKS).asDoubleStream().toArray();
    double least = Math.floor(10 * Arrays.stream(lowest).min().orElseThrow()) / 10;
    int steps = 5;
    double[] ticks =
        IntStream.rangeClosed(0, steps)
            .mapToDouble(i -> 1 - (1 - least) * (steps - i) / steps)
            .toArray();
    return new LineChart(
            "Scores of truncated queries",
            new Axis("rank", true, ranks),
            new Axis("Pearson with full rank", false, ticks))
        .curve("mean of the queries", ranks, means)
        .curve("lowest", ranks, lowest)
        .svg();
  }

  private static List<Verdict> verdicts(double[] means) {
    double judged = means[Arrays.binarySearch(RANKS, JUDGED)];
    boolean monotone = IntStream.range(1, means.length).allMatch(r -> means[r] >= means[r - 1]);
    return List.of(
        new Verdict(
            "mean Pearson of at least " + THRESHOLD + " at rank " + JUDGED,
            precise(judged),
            judged >= THRESHOLD),
        new Verdict(
            "mean Pearson never falls as the rank rises", monotone ? "so" : "not so", monotone));
  }
}
