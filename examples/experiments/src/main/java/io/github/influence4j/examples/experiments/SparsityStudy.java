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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** How few sequences hold the influence, and how heavy its tail is (section 5.2.1). */
final class SparsityStudy implements Study {
  private static final double TOP = 0.01;
  private static final double[] SHARES = {0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};
  private static final int BOOTSTRAPS = 200;
  private static final double PLAUSIBLE = 0.1;

  private final Table table =
      new Table(
          "model",
          "queries",
          "share of the top 1 %",
          "scores in the tail",
          "exponent",
          "law is plausible");
  private final LineChart picture =
      new LineChart(
          "How much of the influence the strongest sequences hold",
          new Axis("strongest share of the training set", true, SHARES),
          Axis.share("share of the positive influence"));

  @Override
  public String name() {
    return "sparsity";
  }

  @Override
  public String title() {
    return "Sparsity and tail";
  }

  @Override
  public void measure(Checkpoint model) {
    InfluenceScores scores = model.fullScan();
    double[] held = held(scores, TOP);
    List<Optional<PowerLawTail>> tails =
        IntStream.range(0, scores.queries())
            .mapToObj(q -> PowerLawTail.fit(scores.scores(q), BOOTSTRAPS, Workbench.SEED))
            .toList();
    QuerySet.groups(model.asked())
        .forEach(
            (kind, queries) -> {
              List<PowerLawTail> own =
                  queries.stream().flatMap(q -> tails.get(q).stream()).toList();
              table.add(
                  model.name(),
                  kind,
                  Table.mean(QuerySet.mean(queries, held)),
                  mean(own, PowerLawTail::count),
                  mean(own, PowerLawTail::exponent),
                  own.stream().filter(tail -> tail.pValue() >= PLAUSIBLE).count()
                      + " of "
                      + queries.size());
            });
    List<Integer> all = IntStream.range(0, scores.queries()).boxed().toList();
    picture.curve(
        model.name(),
        SHARES,
        Arrays.stream(SHARES).map(s -> QuerySet.mean(all, held(scores, s))).toArray());
  }

  private static String mean(List<PowerLawTail> tails, ToDoubleFunction<PowerLawTail> value) {
    return Table.mean(tails.stream().mapToDouble(value).average().orElse(Double.NaN));
  }

  private static double[] held(InfluenceScores scores, double share) {
    return IntStream.range(0, scores.queries())
        .mapToDouble(q -> Concentration.topShare(scores.scores(q), share).orElse(Double.NaN))
        .toArray();
  }

  @Override
  public ExperimentResult result() {
    return new ExperimentResult(
        "The share of all positive influence that one in a hundred training sequences hold, mean of"
            + " the queries, and a power law fitted to the tail of the positive scores (Clauset et"
            + " al. 2009): how many scores it holds for, its exponent, and for how many queries it is"
            + " plausible (p of at least "
            + PLAUSIBLE
            + ").",
        table,
        picture.svg(),
        List.of(),
        "Were all sequences alike, the top 1 % would hold 0.010. The paper finds heavy tails: of a"
            + " corpus far larger, few sequences are about the very thing that is asked.");
  }
}
