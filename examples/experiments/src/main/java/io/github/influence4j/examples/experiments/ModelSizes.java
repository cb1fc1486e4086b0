/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.BarChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.lm.model.LearntTokenizer;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.statistics.Concentration;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Whether larger models are influenced by more abstract things (section 5.3.1 of the paper). */
final class ModelSizes implements Experiment {
  private static final int TOP = 10;

  /** The name of a model, its held-out loss, and its scores by query. */
  private record Sized(String name, double loss, double[][] scores) {}

  @Override
  public String name() {
    return "sizes";
  }

  @Override
  public String title() {
    return "Model size";
  }

  @Override
  public ExperimentResult run(Workbench bench) throws IOException {
    Corpus corpus = bench.corpus();
    List<TokenSequence> queries = bench.queries();
    LearntTokenizer tokenizer = corpus.learnt();
    TrainedModel small =
        bench.train(
            "europarl-small",
            tokenizer,
            bench.scale().smallShape(tokenizer.vocabulary()),
            bench.training(),
            bench.scale().plan(Workbench.SEED));
    List<Sized> sizes =
        List.of(
            new Sized(label(small), small.loss(bench.heldOut()), scores(small, queries)),
            new Sized(
                label(bench.trained()),
                bench.trained().loss(bench.heldOut()),
                bench.fullScan().toMatrix()));
    Table table =
        new Table(
            "model",
            "held-out loss",
            "words shared with the top " + TOP,
            "share of the top 1 %",
            "in the other's top " + TOP);
    List<double[]> shared = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      Sized size = sizes.get(i);
      double[] own = shared(corpus, queries, size.scores());
      shared.add(own);
      table.add(
          size.name(), size.loss(), mean(own), concentration(size), common(size, sizes.get(1 - i)));
    }
    return new ExperimentResult(
        "The same corpus, queries and steps for two models. How many of a query's words its "
            + TOP
            + " strongest proponents have (share, weighted by IDF), how concentrated the influence"
            + " is, and how many of the "
            + TOP
            + " the two models have in common. A sequence of the corpus has "
            + Table.number(average(corpus, queries))
            + " of a query's words on average.",
        table,
        picture(shared),
        List.of(),
        reading(mean(shared.get(0)), mean(shared.get(1))));
  }

  private static String reading(double small, double large) {
    String paper =
        "In the paper larger models are influenced by sequences that share fewer words and more"
            + " meaning. ";
    return paper
        + (large < small
            ? "So it is here: "
            : "Here it is the other way round, and abstraction is not to be seen at this size: ")
        + Table.number(large)
        + " of the words in the larger model against "
        + Table.number(small)
        + ". Both are tiny: the paper compares 810 million with 52 billion parameters.";
  }

  private static String label(TrainedModel trained) {
    return trained.shape() + " (" + trained.model().coverage().parameters() + " parameters)";
  }

  private static double[][] scores(TrainedModel trained, List<TokenSequence> queries) {
    try (Attribution ekfac = new Attribution(trained, CurvatureStrategy.EKFAC)) {
      return ekfac.score(queries, trained.training(), ScoreOptions.pairwise()).toMatrix();
    }
  }

  private static Words words(Corpus corpus) {
    return new Words(corpus.training().stream().map(each -> corpus.text(each.sequence())).toList());
  }

  /** By query. */
  private static double[] shared(Corpus corpus, List<TokenSequence> queries, double[][] scores) {
    Words words = words(corpus);
    return IntStream.range(0, queries.size())
        .mapToDouble(
            q -> {
              Set<String> own = Words.of(corpus.text(queries.get(q)));
              return Ranking.top(scores[q], TOP).stream()
                  .mapToDouble(i -> words.shared(own, i))
                  .average()
                  .orElseThrow();
            })
        .toArray();
  }

  private static double average(Corpus corpus, List<TokenSequence> queries) {
    Words words = words(corpus);
    return queries.stream()
        .map(query -> Words.of(corpus.text(query)))
        .flatMapToDouble(
            own ->
                IntStream.range(0, corpus.training().size()).mapToDouble(i -> words.shared(own, i)))
        .average()
        .orElseThrow();
  }

  private static double concentration(Sized size) {
    return Arrays.stream(size.scores())
        .mapToDouble(scores -> Concentration.topShare(scores, 0.01).orElse(Double.NaN))
        .average()
        .orElseThrow();
  }

  private static double common(Sized one, Sized other) {
    return IntStream.range(0, one.scores().length)
        .mapToLong(
            q -> {
              List<Integer> top = Ranking.top(other.scores()[q], TOP);
              return Ranking.top(one.scores()[q], TOP).stream().filter(top::contains).count();
            })
        .average()
        .orElseThrow();
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static String picture(List<double[]> shared) {
    List<String> groups =
        IntStream.range(0, shared.get(0).length).mapToObj(q -> "query " + q).toList();
    double highest = shared.stream().flatMapToDouble(Arrays::stream).max().orElseThrow();
    return new BarChart(
            "Words that the ten strongest proponents share with the query",
            Axis.linear("share, weighted by IDF", 0, highest),
            groups,
            List.of("small model", "large model"),
            shared.toArray(double[][]::new))
        .svg();
  }
}
