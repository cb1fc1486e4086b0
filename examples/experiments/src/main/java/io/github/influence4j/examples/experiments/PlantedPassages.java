/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.LineChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.document.Verdict;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Whether what was memorised is traced to where it was read. */
final class PlantedPassages implements Experiment {
  @Override
  public String name() {
    return "planted";
  }

  @Override
  public String title() {
    return "Planted passages";
  }

  @Override
  public ExperimentResult run(Workbench bench) throws IOException {
    Scale scale = bench.scale();
    PlantedCorpus corpus =
        PlantedCorpus.of(bench.corpus(), scale.size().context(), Math.max(1, scale.facts() / 10));
    TrainedModel trained =
        bench.train(
            "planted",
            bench.corpus().learnt(),
            scale.syntheticShape(bench.corpus().learnt().vocabulary()),
            corpus.training(),
            scale.syntheticPlan(Workbench.SEED));
    List<TokenSequence> queries = corpus.queries();
    double[][] scores = scores(trained, corpus, queries);
    int copies = corpus.copies().get(0).size();
    Table table =
        new Table(
            "passage", "loss, nats a token", "precision at " + copies, "rank of the last copy");
    double[] precisions = new double[queries.size()];
    double[] losses = new double[queries.size()];
    for (int p = 0; p < queries.size(); p++) {
      List<Integer> planted = corpus.copies().get(p);
      List<Integer> order = Ranking.top(scores[p], corpus.training().size());
      precisions[p] =
          order.subList(0, copies).stream().filter(planted::contains).count() / (double) copies;
      losses[p] = trained.loss(List.of(queries.get(p)));
      int last = planted.stream().mapToInt(order::indexOf).max().orElseThrow() + 1;
      table.add(p, losses[p], precisions[p], last);
    }
    double mean = Arrays.stream(precisions).average().orElseThrow();
    return new ExperimentResult(
        method(corpus, trained, trained.loss(bench.heldOut())),
        table,
        picture(scores[0], corpus.copies().get(0)),
        List.of(
            new Verdict(
                "precision at " + copies + " of 1: the sequences with the passage come first",
                "mean " + Table.number(mean),
                mean == 1)),
        reading(precisions, losses));
  }

  private static String method(PlantedCorpus corpus, TrainedModel trained, double heldOutLoss) {
    return corpus.passages().size()
        + " passages of "
        + corpus.passages().get(0).length
        + " tokens of random words, each planted in the middle of "
        + corpus.copies().get(0).size()
        + " of "
        + corpus.training().size()
        + " Europarl sequences; a model of "
        + trained.shape()
        + " learns them. The first half of a passage asks for the second. The loss on held-out"
        + " text is "
        + Table.number(heldOutLoss)
        + " nats a token.";
  }

  private static String reading(double[] precisions, double[] losses) {
    String missed =
        IntStream.range(0, precisions.length)
            .filter(p -> precisions[p] < 1)
            .mapToObj(p -> p + " (loss " + Table.number(losses[p]) + ")")
            .collect(Collectors.joining(", "));
    String found =
        IntStream.range(0, precisions.length)
            .filter(p -> precisions[p] == 1)
            .mapToObj(p -> losses[p])
            .collect(
                Collectors.collectingAndThen(Collectors.averagingDouble(x -> x), Table::number));
    String misses =
        "Not all copies come first for passage "
            + missed
            + "; the mean loss of the others is "
            + found
            + ". The lower the loss, the better a passage was memorised. ";
    return (missed.isEmpty() ? "" : misses)
        + "The picture shows the first passage: sequences that hold it against all others, by rank.";
  }

  private static double[][] scores(
      TrainedModel trained, PlantedCorpus corpus, List<TokenSequence> queries) {
    try (Attribution ekfac = new Attribution(trained, CurvatureStrategy.EKFAC)) {
      InfluenceScores scores = ekfac.score(queries, corpus.training(), ScoreOptions.pairwise());
      return scores.toMatrix();
    }
  }

  private static String picture(double[] scores, List<Integer> planted) {
    List<Integer> order = Ranking.top(scores, Math.min(100, scores.length));
    double[] ranks = IntStream.range(0, order.size()).mapToDouble(i -> i + 1).toArray();
    double[] values = order.stream().mapToDouble(i -> scores[i]).toArray();
    double[] plantedRanks =
        planted.stream().filter(order::contains).mapToDouble(i -> order.indexOf(i) + 1).toArray();
    double[] plantedValues =
        planted.stream().filter(order::contains).mapToDouble(i -> scores[i]).toArray();
    Axis rank = Axis.linear("rank of the training sequence", 0, order.size());
    return new LineChart(
            "Influence on a planted passage",
            rank,
            Axis.linear("influence", values[values.length - 1], values[0]))
        .points("all sequences", ranks, values)
        .points("with the passage", plantedRanks, plantedValues)
        .svg();
  }
}
