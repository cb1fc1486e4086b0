/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.BarChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.scoring.InfluenceScores;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** Whether a sentence counts that tells the same in another order (section 5.3.4). */
final class WordOrderStudy implements Study {
  private static final List<String> WORDINGS =
      List.of("order kept", "reworded", "order flipped", "no completion", "no prompt");
  private static final int REWORDED = WORDINGS.indexOf("reworded");
  private static final int FLIPPED = WORDINGS.indexOf("order flipped");

  private final Table table = new Table("model", "training sentence", "of order kept, mean");
  private final List<String> readings = new ArrayList<>();
  private final List<String> models = new ArrayList<>();
  private final List<double[]> ratios = new ArrayList<>();

  @Override
  public String name() {
    return "word-order";
  }

  @Override
  public String title() {
    return "Word order";
  }

  @Override
  public void measure(Checkpoint model) throws IOException {
    List<Piece> queries = new ArrayList<>();
    List<Piece> sentences = new ArrayList<>();
    for (int q = 0; q < model.asked().size(); q++) {
      Asked asked = model.asked().get(q);
      if (asked.ordered()) {
        queries.add(model.queries().get(q));
        sentences.addAll(sentences(model, asked));
      }
    }
    if (queries.isEmpty()) {
      throw new IllegalArgumentException(
          "--queries: none has both \"reworded\" and \"flipped\", which word-order compares; add"
              + " them, or name the other experiments.");
    }
    model.say("scoring sentences in other orders");
    report(model.name(), model.score(queries, sentences, model.scoring()));
  }

  /** In the order of {@link #WORDINGS}. */
  private static List<Piece> sentences(Checkpoint model, Asked asked) throws IOException {
    List<Piece> out = new ArrayList<>();
    for (String text :
        List.of(
            asked.text(),
            Objects.requireNonNull(asked.reworded()),
            Objects.requireNonNull(asked.flipped()),
            asked.prompt(),
            asked.completion())) {
      out.add(model.texts().text(asked.text(), text));
    }
    return out;
  }

  private void report(String model, InfluenceScores scores) {
    int wordings = WORDINGS.size();
    int queries = scores.queries();
    double[][] own = new double[wordings][queries];
    double[] others = new double[queries];
    int below = 0;
    for (int q = 0; q < queries; q++) {
      double[] all = scores.scores(q);
      double kept = all[q * wordings];
      double scale = kept > 0 ? kept : Double.NaN;
      for (int w = 0; w < wordings; w++) {
        own[w][q] = all[q * wordings + w] / scale;
      }
      others[q] = others(all, q) / scale;
      below += own[FLIPPED][q] < own[REWORDED][q] ? 1 : 0;
    }
    List<Integer> every = IntStream.range(0, queries).boxed().toList();
    double[] means = Arrays.stream(own).mapToDouble(w -> QuerySet.mean(every, w)).toArray();
    for (int w = 0; w < wordings; w++) {
      table.add(model, WORDINGS.get(w), Table.mean(means[w]));
    }
    table.add(model, "about other things", Table.mean(QuerySet.mean(every, others)));
    models.add(model);
    ratios.add(means);
    readings.add(
        model
            + ": the flipped sentence counts for less than the reworded one for "
            + below
            + " of "
            + queries
            + " queries.");
  }

  /** Mean of the sentences of all other queries, in all wordings. */
  private static double others(double[] scores, int query) {
    int wordings = WORDINGS.size();
    return IntStream.range(0, scores.length)
        .filter(i -> i / wordings != query)
        .mapToDouble(i -> scores[i])
        .average()
        .orElse(Double.NaN);
  }

  @Override
  public ExperimentResult result() {
    double[] all = ratios.stream().flatMapToDouble(Arrays::stream).toArray();
    return new ExperimentResult(
        "The influence of sentences that need not be in the corpus: what if the model had been"
            + " trained on the query itself (order kept), on the same in other words, on the same with"
            + " the completion's part first (order flipped), on its prompt or on its completion"
            + " alone. Each in units of the first, mean of the queries that have such sentences.",
        table,
        new BarChart(
                "Influence by wording",
                Axis.linear(
                    "mean influence / order kept",
                    Arrays.stream(all).min().orElseThrow(),
                    Arrays.stream(all).max().orElseThrow()),
                WORDINGS,
                models,
                ratios.toArray(double[][]::new))
            .svg(),
        List.of(),
        String.join(" ", readings)
            + " In the paper the influence is close to nothing once the order is flipped.");
  }
}
