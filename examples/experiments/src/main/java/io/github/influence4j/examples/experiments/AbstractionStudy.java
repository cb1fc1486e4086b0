/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.BarChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.scoring.InfluenceScores;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Whether larger models are influenced by more abstract things (section 5.3.1). */
final class AbstractionStudy implements Study {
  private static final int TOP = 10;

  private final Table table =
      new Table(
          "model",
          "queries",
          "loss of the completion",
          "words shared with the top " + TOP,
          "with any sequence",
          "with those that share most");
  private final List<String> models = new ArrayList<>();
  private final List<Double> totals = new ArrayList<>();

  @Override
  public String name() {
    return "sizes";
  }

  @Override
  public String title() {
    return "Abstraction by size";
  }

  @Override
  public void measure(Checkpoint model) {
    InfluenceScores scores = model.fullScan();
    Words words =
        new Words(model.corpus().stream().map(piece -> String.join("", piece.texts())).toList());
    int queries = scores.queries();
    double[] losses = new double[queries];
    double[] strongest = new double[queries];
    double[] any = new double[queries];
    double[] most = new double[queries];
    for (int q = 0; q < queries; q++) {
      Piece query = model.queries().get(q);
      losses[q] = model.texts().loss(query.sequence());
      Set<String> own = Words.of(model.asked().get(q).text());
      double[] shared =
          IntStream.range(0, model.corpus().size())
              .mapToDouble(i -> words.shared(own, i))
              .toArray();
      strongest[q] = mean(shared, Ranking.top(scores.scores(q), TOP));
      any[q] = Arrays.stream(shared).average().orElseThrow();
      most[q] = mean(shared, Ranking.top(shared, TOP));
    }
    QuerySet.groups(model.asked())
        .forEach(
            (kind, of) ->
                table.add(
                    model.name(),
                    kind,
                    QuerySet.mean(of, losses),
                    QuerySet.mean(of, strongest),
                    QuerySet.mean(of, any),
                    QuerySet.mean(of, most)));
    models.add(model.name());
    totals.add(Arrays.stream(strongest).average().orElseThrow());
  }

  private static double mean(double[] values, List<Integer> of) {
    return of.stream().mapToDouble(i -> values[i]).average().orElseThrow();
  }

  @Override
  public ExperimentResult result() {
    double[] all = totals.stream().mapToDouble(share -> share).toArray();
    return new ExperimentResult(
        "The share of a query's words, weighted by IDF, that its "
            + TOP
            + " strongest proponents have, mean of the queries; beside it what any sequence of the"
            + " corpus has, and what the "
            + TOP
            + " have that share most. The less is shared, the more abstract the influence. The loss"
            + " of the completion, in nats a token, says how well a model knows the answer: where it"
            + " does not, its proponents mean little.",
        table,
        new BarChart(
                "Words that the ten strongest proponents share with the query",
                Axis.linear("share, weighted by IDF", 0, Arrays.stream(all).max().orElseThrow()),
                models,
                List.of("all queries"),
                all)
            .svg(),
        List.of(),
        reading());
  }

  private String reading() {
    String paper =
        "In the paper larger models are influenced by sequences that share fewer words and more"
            + " meaning. ";
    if (models.size() == 1) {
      return paper + "One model alone says nothing about size; give several to --model.";
    }
    List<String> shares =
        IntStream.range(0, models.size())
            .mapToObj(m -> Table.number(totals.get(m)) + " for " + models.get(m))
            .toList();
    return paper + "Here the share is " + String.join(", ", shares) + ".";
  }
}
