/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.BarChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** In which layers the influence is (section 5.3.3 of the paper). */
final class LayerDistribution implements Experiment {
  private static final int TOP = 50;

  @Override
  public String name() {
    return "layers";
  }

  @Override
  public String title() {
    return "Layers";
  }

  @Override
  public ExperimentResult run(Workbench bench) throws IOException {
    List<String> layers = bench.trained().model().layers().stream().map(LayerSpec::name).toList();
    double[] heldOut = shares(bench.fullScan(), layers);
    double[] learnt = shares(scoresOfLearnt(bench), layers);
    Table table = new Table("layer", "held-out queries", "training queries");
    for (int i = 0; i < layers.size(); i++) {
      table.add(layers.get(i), heldOut[i], learnt[i]);
    }
    List<String> labels = layers.stream().map(name -> name.replace("transformer.h.", "")).toList();
    double highest =
        Arrays.stream(new double[][] {heldOut, learnt})
            .flatMapToDouble(Arrays::stream)
            .max()
            .orElseThrow();
    String picture =
        new BarChart(
                "Influence by layer",
                Axis.linear("share of the influence", 0, highest),
                labels,
                List.of("held-out queries", "training queries"),
                heldOut,
                learnt)
            .svg();
    int half = layers.size() / 2;
    return new ExperimentResult(
        "Each layer's share of the influence of the "
            + TOP
            + " strongest proponents, mean of the queries. Training queries are sequences"
            + " that the model learnt from, first half as prompt.",
        table,
        picture,
        List.of(),
        "The lower half of the layers holds "
            + Table.number(Arrays.stream(heldOut, 0, half).sum())
            + " of the influence on held-out queries and "
            + Table.number(Arrays.stream(learnt, 0, half).sum())
            + " of that on training queries.");
  }

  /** Training sequences as queries, as many as there are others. */
  private static InfluenceScores scoresOfLearnt(Workbench bench) throws IOException {
    List<TokenSequence> training = bench.training();
    int count = bench.queries().size();
    List<TokenSequence> queries =
        IntStream.range(0, count)
            .mapToObj(q -> training.get(q * (training.size() / count)))
            .map(Workbench::secondHalf)
            .toList();
    bench.say("scoring for training queries");
    return bench.attribution().score(queries, training, ScoreOptions.pairwise().withPerLayer(true));
  }

  private static double[] shares(InfluenceScores scores, List<String> layers) {
    double[] shares = new double[layers.size()];
    for (int q = 0; q < scores.queries(); q++) {
      List<Integer> top = Ranking.top(scores.scores(q), TOP);
      double all = sum(scores.scores(q), top);
      for (int i = 0; i < shares.length; i++) {
        shares[i] += sum(scores.layerScores(layers.get(i), q), top) / all / scores.queries();
      }
    }
    return shares;
  }

  private static double sum(double[] scores, List<Integer> of) {
    return of.stream().mapToDouble(i -> scores[i]).sum();
  }
}
