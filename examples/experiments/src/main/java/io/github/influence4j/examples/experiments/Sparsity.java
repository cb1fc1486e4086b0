/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.LineChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.statistics.Concentration;
import io.github.influence4j.statistics.PowerLawTail;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** How few sequences hold the influence (section 5.2.1 of the paper). */
final class Sparsity implements Experiment {
  private static final double TOP = 0.01;
  private static final int BOOTSTRAPS = 200;
  private static final double PLAUSIBLE = 0.1;
  private static final int SHOWN = 4;

  @Override
  public String name() {
    return "sparsity";
  }

  @Override
  public String title() {
    return "Sparsity";
  }

  @Override
  public ExperimentResult run(Workbench bench) throws IOException {
    InfluenceScores scores = bench.fullScan();
    Table table =
        new Table("query", "share of the top 1 %", "exponent", "scores in the tail", "KS p");
    int plausible = 0;
    double share = 0;
    for (int q = 0; q < scores.queries(); q++) {
      double held = Concentration.topShare(scores.scores(q), TOP).orElse(Double.NaN);
      Optional<PowerLawTail> fit = PowerLawTail.fit(scores.scores(q), BOOTSTRAPS, Workbench.SEED);
      table.add(
          q,
          held,
          fit.map(tail -> Table.number(tail.exponent())).orElse("no tail"),
          fit.map(tail -> Integer.toString(tail.count())).orElse(""),
          fit.map(tail -> Table.number(tail.pValue())).orElse(""));
      share += held / scores.queries();
      plausible += fit.filter(tail -> tail.pValue() >= PLAUSIBLE).isPresent() ? 1 : 0;
    }
    return new ExperimentResult(
        "The share of all positive influence that one in a hundred training sequences hold, and a"
            + " power law fitted to the tail of the positive scores (Clauset et al. 2009; p below "
            + PLAUSIBLE
            + " speaks against the law).",
        table,
        picture(scores),
        List.of(),
        "The strongest 1 % hold "
            + Table.number(share)
            + " of the positive influence on average, and a power law is plausible for "
            + plausible
            + " of "
            + scores.queries()
            + " queries. The paper finds heavier tails: its corpora are far larger, so"
            + " that a few sequences can be about the very thing that is asked.");
  }

  private static String picture(InfluenceScores scores) {
    int shown = Math.min(SHOWN, scores.queries());
    double[][] positive =
        IntStream.range(0, shown)
            .mapToObj(q -> Arrays.stream(scores.scores(q)).filter(s -> s > 0).sorted().toArray())
            .toArray(double[][]::new);
    double highest = Arrays.stream(positive).mapToDouble(s -> s[s.length - 1]).max().orElseThrow();
    LineChart chart =
        new LineChart(
            "How many sequences have at least that influence",
            Axis.decades("influence", highest / 1e4, highest),
            Axis.decades("share of the training set", 1.0 / scores.examples(), 1));
    for (int q = 0; q < shown; q++) {
      double[] own = positive[q];
      int[] kept = IntStream.range(0, own.length).filter(i -> own[i] >= highest / 1e4).toArray();
      chart.curve(
          "query " + q,
          Arrays.stream(kept).mapToDouble(i -> own[i]).toArray(),
          Arrays.stream(kept)
              .mapToDouble(i -> (double) (own.length - i) / scores.examples())
              .toArray());
    }
    return chart.svg();
  }
}
