/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.LineChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.scoring.InfluenceScores;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** In which layers the influence is, by kind of query (section 5.3.3). */
final class LayersStudy implements Study {
  private static final int TOP = 50;
  private static final int PARTS = 3;
  private static final Pattern BLOCK = Pattern.compile("\\.(\\d+)\\.");

  private final Table table =
      new Table("model", "queries", "lower third", "middle third", "upper third", "in the MLPs");
  private final List<Curve> curves = new ArrayList<>();

  /** Of a model: what each block has, in units of its even share. */
  private record Curve(String model, double[] depth, double[] influence) {}

  @Override
  public String name() {
    return "layers";
  }

  @Override
  public String title() {
    return "Layers";
  }

  @Override
  public void measure(Checkpoint model) {
    InfluenceScores scores = model.fullScan();
    List<String> layers = model.layers();
    int[] blocks = layers.stream().mapToInt(LayersStudy::block).toArray();
    int count = Arrays.stream(blocks).max().orElseThrow() + 1;
    double[][] shares =
        IntStream.range(0, scores.queries())
            .mapToObj(q -> shares(scores, layers, q))
            .toArray(double[][]::new);
    QuerySet.groups(model.asked())
        .forEach(
            (kind, queries) -> {
              double[] thirds = new double[PARTS];
              double mlp = 0;
              for (int i = 0; i < blocks.length; i++) {
                double share = mean(queries, shares, i);
                for (int part = 0; part < PARTS; part++) {
                  thirds[part] += share * overlap(blocks[i], count, part);
                }
                mlp += layers.get(i).contains("mlp") ? share : 0;
              }
              table.add(
                  model.name(),
                  kind,
                  Table.mean(thirds[0]),
                  Table.mean(thirds[1]),
                  Table.mean(thirds[2]),
                  Table.mean(mlp));
            });
    List<Integer> all = IntStream.range(0, scores.queries()).boxed().toList();
    double[] influence = new double[count];
    for (int i = 0; i < blocks.length; i++) {
      influence[blocks[i]] += count * mean(all, shares, i);
    }
    double[] depth = IntStream.range(0, count).mapToDouble(b -> (b + 0.5) / count).toArray();
    curves.add(new Curve(model.name(), depth, influence));
  }

  /** How much of a block lies in a third of the depth. */
  static double overlap(int block, int blocks, int third) {
    double begin = Math.max((double) block / blocks, (double) third / PARTS);
    double end = Math.min((block + 1.0) / blocks, (third + 1.0) / PARTS);
    return Math.max(0, end - begin) * blocks;
  }

  /** The number of the block that a layer is in. */
  static int block(String layer) {
    Matcher number = BLOCK.matcher(layer);
    if (!number.find()) {
      throw new IllegalArgumentException("Layer \"" + layer + "\" is in no numbered block.");
    }
    return Integer.parseInt(number.group(1));
  }

  private static double mean(List<Integer> queries, double[][] shares, int layer) {
    double[] own = Arrays.stream(shares).mapToDouble(all -> all[layer]).toArray();
    return QuerySet.mean(queries, own);
  }

  /** Of the influence of the strongest proponents; NaN where there are none. */
  private static double[] shares(InfluenceScores scores, List<String> layers, int query) {
    double[] total = scores.scores(query);
    List<Integer> top = Ranking.top(total, TOP).stream().filter(i -> total[i] > 0).toList();
    double all = sum(total, top);
    return layers.stream()
        .mapToDouble(layer -> sum(scores.layerScores(layer, query), top) / all)
        .toArray();
  }

  private static double sum(double[] scores, List<Integer> of) {
    return of.stream().mapToDouble(i -> scores[i]).sum();
  }

  @Override
  public ExperimentResult result() {
    double[] all =
        curves.stream().flatMapToDouble(curve -> Arrays.stream(curve.influence())).toArray();
    LineChart chart =
        new LineChart(
            "Influence by depth",
            new Axis("depth", false, 0, 0.25, 0.5, 0.75, 1),
            Axis.linear(
                "influence of a block / even share",
                Arrays.stream(all).min().orElseThrow(),
                Arrays.stream(all).max().orElseThrow()));
    curves.forEach(curve -> chart.curve(curve.model(), curve.depth(), curve.influence()));
    return new ExperimentResult(
        "The parts of the model that the influence of the "
            + TOP
            + " strongest proponents comes from, mean of the queries: thirds of its depth, and at"
            + " all depths the MLPs. The shares of the three thirds sum to 1; a part that counts"
            + " against them has a negative one.",
        table,
        chart.svg(),
        List.of(),
        "In the paper the influence is spread over all layers; the upper ones hold more of it where"
            + " a text is repeated word by word, the middle ones where the query is more abstract.");
  }
}
