/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.BarChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.document.Verdict;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What the curvature adds to the dot product of gradients. */
final class GradientDotProduct implements Experiment {
  private static final int TOP = 50;
  private static final double THRESHOLD = 2;

  /** Keywords are long and rare, but not unique. */
  private static final int SHORTEST = 6;

  private static final int RAREST = 3;
  private static final int FREQUENT = 50;

  @Override
  public String name() {
    return "gradient-dot";
  }

  @Override
  public String title() {
    return "EK-FAC against the gradient dot product";
  }

  @Override
  public ExperimentResult run(Workbench bench) throws IOException {
    Corpus corpus = bench.corpus();
    List<TokenSequence> queries = bench.queries();
    Words words = new Words(bench.training().stream().map(corpus::text).toList());
    InfluenceScores ekfac = bench.fullScan();
    double[][] dots = dotProducts(bench, queries);
    Table table = new Table("query", "keywords", "sequences with one", "EK-FAC", "dot product");
    double[] found = new double[queries.size()];
    double[] plain = new double[queries.size()];
    for (int q = 0; q < queries.size(); q++) {
      Set<String> keywords = keywords(corpus, words, queries.get(q));
      found[q] = hits(words, keywords, ekfac.scores(q));
      plain[q] = hits(words, keywords, dots[q]);
      table.add(
          q,
          String.join(", ", keywords),
          all(words, keywords, corpus.training().size()),
          (long) found[q],
          (long) plain[q]);
    }
    double sum = Arrays.stream(found).sum();
    double plainSum = Arrays.stream(plain).sum();
    return new ExperimentResult(
        "Keywords are the words of a query's second half with at least "
            + SHORTEST
            + " letters that at least "
            + RAREST
            + " training sequences have, but at most one in "
            + FREQUENT
            + ". How many of the "
            + TOP
            + " strongest proponents have one: EK-FAC against G = I.",
        table,
        picture(found, plain),
        List.of(
            new Verdict(
                "EK-FAC finds at least twice as many sequences with a keyword",
                Math.round(sum) + " against " + Math.round(plainSum),
                sum > 0 && sum >= THRESHOLD * plainSum)),
        "Large gradients win a dot product whatever they are about; the inverse curvature weighs"
            + " down the directions that all sequences share.");
  }

  private static double[][] dotProducts(Workbench bench, List<TokenSequence> queries)
      throws IOException {
    try (Attribution identity = new Attribution(bench.trained(), CurvatureStrategy.IDENTITY)) {
      bench.say("scoring by gradient dot product");
      return identity.score(queries, bench.training(), ScoreOptions.pairwise()).toMatrix();
    }
  }

  private static Set<String> keywords(Corpus corpus, Words words, TokenSequence query) {
    long[] completion =
        Arrays.copyOfRange(query.ids(), query.length() - query.targets(), query.length());
    int most = corpus.training().size() / FREQUENT;
    return Words.of(corpus.tokenizer().decode(completion, true)).stream()
        .filter(word -> word.length() >= SHORTEST)
        .filter(word -> words.frequency(word) >= RAREST && words.frequency(word) <= most)
        .collect(Collectors.toCollection(java.util.TreeSet::new));
  }

  private static long hits(Words words, Set<String> keywords, double[] scores) {
    return Ranking.top(scores, TOP).stream().filter(i -> words.anyIn(i, keywords)).count();
  }

  private static long all(Words words, Set<String> keywords, int sequences) {
    return java.util.stream.IntStream.range(0, sequences)
        .filter(i -> words.anyIn(i, keywords))
        .count();
  }

  private static String picture(double[] found, double[] plain) {
    double highest =
        Math.max(
            Arrays.stream(found).max().orElseThrow(), Arrays.stream(plain).max().orElseThrow());
    List<String> groups =
        java.util.stream.IntStream.range(0, found.length).mapToObj(q -> "query " + q).toList();
    return new BarChart(
            "Sequences with a keyword among the 50 strongest",
            Axis.linear("sequences", 0, highest),
            groups,
            List.of("EK-FAC", "gradient dot product"),
            found,
            plain)
        .svg();
  }
}
