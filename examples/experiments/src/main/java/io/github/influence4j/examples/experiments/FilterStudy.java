/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.LineChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.lucene.Prefilter;
import io.github.influence4j.lucene.Recall;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What a filter by shared words loses (section 3.2.1). */
final class FilterStudy implements Study {
  private static final int TOP = 10;
  private static final double[] SHARES = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5};
  private static final Map<String, io.github.influence4j.lucene.Ranking> FILTERS =
      new java.util.TreeMap<>(
          Map.of(
              "TF-IDF", io.github.influence4j.lucene.Ranking.TF_IDF,
              "BM25", io.github.influence4j.lucene.Ranking.BM25));

  private final Table table = new Table(header());
  private final LineChart picture =
      new LineChart(
              "Recall of the ten most influential",
              new Axis("share of the training set that passes", true, SHARES[0], 0.1, 1),
              Axis.share("recall at 10"))
          .curve("chance", SHARES, SHARES);

  private static String[] header() {
    List<String> header = new ArrayList<>(List.of("model", "queries", "filter"));
    Arrays.stream(SHARES).forEach(share -> header.add("best " + Math.round(100 * share) + " %"));
    return header.toArray(String[]::new);
  }

  @Override
  public String name() {
    return "tf-idf";
  }

  @Override
  public String title() {
    return "TF-IDF as a filter";
  }

  @Override
  public void measure(Checkpoint model) throws IOException {
    InfluenceScores scores = model.fullScan();
    List<int[]> sequences = model.corpus().stream().map(Piece::terms).toList();
    try (Prefilter<int[]> filter = Prefilter.ofTokens(sequences)) {
      for (Map.Entry<String, io.github.influence4j.lucene.Ranking> way : FILTERS.entrySet()) {
        double[][] recalls = recalls(model, filter, way.getValue(), scores);
        QuerySet.groups(model.asked())
            .forEach(
                (kind, queries) -> {
                  List<Object> row = new ArrayList<>(List.of(model.name(), kind, way.getKey()));
                  double[] means =
                      Arrays.stream(recalls).mapToDouble(r -> QuerySet.mean(queries, r)).toArray();
                  Arrays.stream(means).forEach(row::add);
                  table.add(row.toArray());
                  if (queries.size() == model.asked().size()) {
                    picture.curve(way.getKey() + ", " + model.name(), SHARES, means);
                  }
                });
      }
    }
  }

  /** By share that passes, by query. */
  private static double[][] recalls(
      Checkpoint model,
      Prefilter<int[]> filter,
      io.github.influence4j.lucene.Ranking ranking,
      InfluenceScores scores)
      throws IOException {
    double[][] recalls = new double[SHARES.length][scores.queries()];
    for (int q = 0; q < scores.queries(); q++) {
      double[] full = scores.scores(q);
      List<Hit> order = filter.candidates(model.queries().get(q).terms(), full.length, ranking);
      for (int i = 0; i < SHARES.length; i++) {
        int passed = Math.min(order.size(), (int) Math.ceil(SHARES[i] * full.length));
        recalls[i][q] = Recall.recallAt(TOP, full, order.subList(0, passed));
      }
    }
    return recalls;
  }

  @Override
  public ExperimentResult result() {
    return new ExperimentResult(
        "How many of the ten most influential training sequences of a full scan are among those that"
            + " a filter by shared tokens ranks first; mean of the queries. By chance it would be the"
            + " share that passes.",
        table,
        picture.svg(),
        List.of(),
        "A filter that loses the most influential sequences hides what is not told in the query's own"
            + " words.");
  }
}
