/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.LineChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.lucene.Prefilter;
import io.github.influence4j.lucene.Ranking;
import io.github.influence4j.lucene.Recall;
import io.github.influence4j.retrieval.CandidateFilter;
import io.github.influence4j.retrieval.FunnelOptions;
import io.github.influence4j.retrieval.FunnelResult;
import io.github.influence4j.retrieval.FunnelStage;
import io.github.influence4j.retrieval.RetrievalFunnel;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a filter by shared words loses (section 3.2.1 of the paper). */
final class TfIdfRecall implements Experiment {
  private static final int TOP = 10;
  private static final double[] SHARES = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5};
  private static final double FUNNEL_SHARE = 0.1;

  @Override
  public String name() {
    return "tf-idf";
  }

  @Override
  public String title() {
    return "TF-IDF as a filter";
  }

  @Override
  public ExperimentResult run(Workbench bench) throws IOException {
    InfluenceScores scores = bench.fullScan();
    List<int[]> sequences = new ArrayList<>();
    for (TokenSequence sequence : bench.training()) {
      sequences.add(bench.terms(sequence));
    }
    try (Prefilter<int[]> filter = Prefilter.ofTokens(sequences)) {
      double[] tfIdf = recalls(bench, filter, Ranking.TF_IDF, scores);
      double[] bm25 = recalls(bench, filter, Ranking.BM25, scores);
      Table table = new Table("candidates", "TF-IDF", "BM25", "chance");
      for (int i = 0; i < SHARES.length; i++) {
        table.add(Math.round(100 * SHARES[i]) + " %", tfIdf[i], bm25[i], SHARES[i]);
      }
      double first = SHARES[0];
      Axis shares = new Axis("share of the training set that passes", true, first, 0.1, 1);
      String picture =
          new LineChart("Recall of the ten most influential", shares, Axis.share("recall at 10"))
              .curve("TF-IDF", SHARES, tfIdf)
              .curve("BM25", SHARES, bm25)
              .curve("chance", SHARES, SHARES)
              .svg();
      return new ExperimentResult(
          "How many of the ten most influential training sequences of a full scan over "
              + sequences.size()
              + " sequences are among the candidates that share rare tokens with the query; mean of"
              + " "
              + scores.queries()
              + " queries.",
          table,
          picture,
          List.of(),
          "The paper filters a corpus of which most says nothing about a query. Here every document"
              + " is a debate of one parliament, and a small model is moved by phrases and forms"
              + " that are frequent, which TF-IDF ignores by design.\n\n"
              + funnel(bench, filter));
    }
  }

  private static double[] recalls(
      Workbench bench, Prefilter<int[]> filter, Ranking ranking, InfluenceScores scores)
      throws IOException {
    List<TokenSequence> queries = bench.queries();
    double[] recalls = new double[SHARES.length];
    for (int q = 0; q < queries.size(); q++) {
      double[] full = scores.scores(q);
      List<Hit> order = filter.candidates(bench.terms(queries.get(q)), full.length, ranking);
      for (int i = 0; i < SHARES.length; i++) {
        int passed = Math.min(order.size(), count(SHARES[i], full.length));
        recalls[i] += Recall.recallAt(TOP, full, order.subList(0, passed)) / queries.size();
      }
    }
    return recalls;
  }

  private static int count(double share, int examples) {
    return (int) Math.ceil(share * examples);
  }

  /** The whole funnel, and what it says about itself. */
  private static String funnel(Workbench bench, Prefilter<int[]> filter) throws IOException {
    List<TokenSequence> training = bench.training();
    List<TokenSequence> queries = bench.queries();
    List<CandidateFilter> filters = new ArrayList<>();
    for (TokenSequence query : queries) {
      filters.add(filter.filter(bench.terms(query), Ranking.TF_IDF));
    }
    LanguageModel model = bench.trained().model();
    IndexedGradients train =
        IndexedGradients.of(
            training.size(),
            numbers ->
                model
                    .gradients(Arrays.stream(numbers).mapToObj(n -> training.get((int) n)).toList())
                    .dataLabels());
    int candidates = Math.max(TOP, count(FUNNEL_SHARE, training.size()));
    FunnelOptions options =
        FunnelOptions.topK(TOP)
            .withSurvivors(Math.min(candidates, 3 * TOP))
            .withCandidates(candidates)
            .withControls(training.size() / 10, Workbench.SEED);
    bench.say("retrieval funnel");
    FunnelResult found =
        new RetrievalFunnel(bench.attribution().scorer(), train)
            .search(model.gradients(queries).dataLabels(), filters, options);
    return "The retrieval funnel with "
        + candidates
        + " TF-IDF candidates a query, a scan of rank "
        + options.scan().rank()
        + ", "
        + options.survivors()
        + " survivors and "
        + options.controls()
        + " controls took gradients of "
        + found.costs().get(1).gradients()
        + " sequences, then of "
        + found.costs().get(2).gradients()
        + ". Mean of the queries: rank agreement on the controls "
        + agreement(found, FunnelStage.FILTER)
        + " for the filter and "
        + agreement(found, FunnelStage.SCAN)
        + " for the scan; of the controls that belong among the ten, "
        + controls(found, FunnelStage.FILTER)
        + " passed the filter and "
        + controls(found, FunnelStage.SCAN)
        + " the scan.";
  }

  private static String agreement(FunnelResult found, FunnelStage stage) {
    return Table.number(
        found.queries().stream()
            .flatMapToDouble(query -> query.stage(stage).controlAgreement().stream())
            .average()
            .orElse(Double.NaN));
  }

  private static String controls(FunnelResult result, FunnelStage stage) {
    long wanted = result.queries().stream().mapToLong(query -> query.stage(stage).wanted()).sum();
    long found = result.queries().stream().mapToLong(query -> query.stage(stage).found()).sum();
    return found + " of " + wanted;
  }
}
