/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.LineChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.document.Verdict;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.statistics.LinearCorrelation;
import io.github.influence4j.statistics.RankCorrelation;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** What it costs to halve the factors (section 3.1 and appendix of the paper). */
final class BlockDiagonal implements Experiment {
  private static final int BLOCKS = 2;
  private static final double THRESHOLD = 0.95;

  @Override
  public String name() {
    return "blocks";
  }

  @Override
  public String title() {
    return "Block-diagonal EK-FAC";
  }

  @Override
  public ExperimentResult run(Workbench bench) throws IOException {
    InfluenceScores full = bench.fullScan();
    double[][] blocks = blockScores(bench);
    Table table = new Table("query", "Pearson", "Spearman");
    double mean = 0;
    for (int q = 0; q < full.queries(); q++) {
      double pearson = LinearCorrelation.of(full.scores(q), blocks[q]);
      mean += pearson / full.queries();
      table.add(q, pearson, RankCorrelation.of(full.scores(q), blocks[q]));
    }
    return new ExperimentResult(
        "Both covariances of every layer cut into O = "
            + BLOCKS
            + " diagonal blocks, which halves the memory of the factors and quarters the time of"
            + " the eigendecompositions. Correlation with the scores of O = 1 over all "
            + full.examples()
            + " training sequences.",
        table,
        picture(full.scores(0), blocks[0]),
        List.of(
            new Verdict(
                "mean Pearson of at least " + THRESHOLD, Table.number(mean), mean >= THRESHOLD)),
        "The picture shows the first query, a point for each training sequence.");
  }

  private static double[][] blockScores(Workbench bench) throws IOException {
    bench.say("fitting EK-FAC in " + BLOCKS + " blocks");
    try (Attribution blocks =
        new Attribution(bench.trained(), CurvatureStrategy.blockDiagonalEkfac(BLOCKS))) {
      return blocks.score(bench.queries(), bench.training(), ScoreOptions.pairwise()).toMatrix();
    }
  }

  private static String picture(double[] full, double[] blocks) {
    return new LineChart(
            "Scores with and without blocks", axis("O = 1", full), axis("O = 2", blocks))
        .points("training sequences", full, blocks)
        .svg();
  }

  private static Axis axis(String label, double[] values) {
    return Axis.linear(
        "influence, " + label,
        Arrays.stream(values).min().orElseThrow(),
        Arrays.stream(values).max().orElseThrow());
  }
}
