/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.BarChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.document.Verdict;
import io.github.influence4j.examples.experiments.Facts.Wording;
import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Whether a sentence counts that tells the same in another order (section 5.3.4 of the paper). */
final class WordOrder implements Experiment {
  private static final int CONTEXT = 64;
  private static final double MOST_FLIPPED = 0.35;
  private static final double MOST_WITHOUT_COMPLETION = 0.1;

  @Override
  public String name() {
    return "word-order";
  }

  @Override
  public String title() {
    return "Word order";
  }

  @Override
  public ExperimentResult run(Workbench bench) throws IOException {
    Scale scale = bench.scale();
    Facts facts = Facts.of(scale.facts(), scale.vocabulary());
    ModelShape sized = scale.syntheticShape(facts.tokenizer().vocabulary());
    ModelShape shape =
        new ModelShape(sized.vocabulary(), CONTEXT, sized.width(), sized.layers(), sized.heads());
    TrainedModel trained =
        bench.train(
            "facts",
            facts.tokenizer(),
            shape,
            facts.training(),
            scale.syntheticPlan(Workbench.SEED));
    List<TokenSequence> queries = facts.asked().subList(0, Math.max(1, facts.count() / 5));
    Means means = means(trained, facts, queries);
    Table table = new Table("training sentence", "mean influence", "of order kept");
    means.same().forEach((w, mean) -> table.add(w.label(), mean, means.ratio(mean)));
    table.add("other facts", means.others(), means.ratio(means.others()));
    return new ExperimentResult(
        method(facts, trained, queries),
        table,
        picture(means),
        List.of(
            verdict(Wording.FLIPPED, MOST_FLIPPED, means),
            verdict(Wording.NO_COMPLETION, MOST_WITHOUT_COMPLETION, means)),
        "The model that predicts the object from the subject learns little from sentences that"
            + " predict the subject from the object, as in the paper's large models. The sentence"
            + " of the kept order is the query itself, so the thresholds are easy ones; the reworded"
            + " sentence, which keeps the order, is the harder comparison.");
  }

  private static String method(Facts facts, TrainedModel trained, List<TokenSequence> queries) {
    return facts.count()
        + " invented facts (\""
        + Wording.KEPT.tell(0)
        + "\"), each in the training set once in each of five wordings. A model of "
        + trained.shape()
        + " learns the "
        + facts.training().size()
        + " sentences. "
        + queries.size()
        + " queries ask for the object of a fact, given the sentence before it (loss "
        + Table.number(trained.loss(queries))
        + " nats a token). Mean influence of the sentences about that fact, and of all sentences"
        + " about others.";
  }

  /**
   * Mean influence on the queries.
   *
   * @param same of the sentence of each wording about the fact that is asked for
   * @param others of the sentences about other facts
   */
  private record Means(Map<Wording, Double> same, double others) {
    double of(Wording wording) {
      return same.getOrDefault(wording, Double.NaN);
    }

    double ratio(double mean) {
      return mean / of(Wording.KEPT);
    }
  }

  private static Means means(TrainedModel trained, Facts facts, List<TokenSequence> queries) {
    Map<Wording, Double> same = new EnumMap<>(Wording.class);
    double others = 0;
    try (Attribution ekfac = new Attribution(trained, CurvatureStrategy.EKFAC)) {
      InfluenceScores scores = ekfac.score(queries, facts.training(), ScoreOptions.pairwise());
      for (int fact = 0; fact < queries.size(); fact++) {
        double[] all = scores.scores(fact);
        double rest = Arrays.stream(all).sum();
        for (Wording wording : Wording.values()) {
          double score = all[facts.number(fact, wording)];
          same.merge(wording, score / queries.size(), Double::sum);
          rest -= score;
        }
        others += rest / (all.length - Wording.values().length) / queries.size();
      }
    }
    return new Means(same, others);
  }

  private static Verdict verdict(Wording wording, double most, Means means) {
    double ratio = means.ratio(means.of(wording));
    return new Verdict(
        wording.label() + " at most " + most + " of order kept",
        Table.number(ratio),
        means.of(Wording.KEPT) > 0 && ratio <= most);
  }

  private static String picture(Means means) {
    double[] ratios = means.same().values().stream().mapToDouble(means::ratio).toArray();
    double lowest = Arrays.stream(ratios).min().orElseThrow();
    double highest = Arrays.stream(ratios).max().orElseThrow();
    return new BarChart(
            "Influence by wording",
            Axis.linear("mean influence / order kept", lowest, highest),
            means.same().keySet().stream().map(Wording::label).toList(),
            List.of("same fact"),
            ratios)
        .svg();
  }
}
