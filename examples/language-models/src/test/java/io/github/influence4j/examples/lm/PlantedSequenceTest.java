/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.Influence;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.examples.lm.model.TrainingPlan;
import io.github.influence4j.examples.lm.run.Interruption;
import io.github.influence4j.examples.lm.run.LanguageModelRun;
import io.github.influence4j.examples.lm.run.RunFolder;
import io.github.influence4j.examples.lm.text.Document;
import io.github.influence4j.examples.lm.text.Sequence;
import io.github.influence4j.examples.lm.text.Tokenizer;
import io.github.influence4j.report.ReportHit;
import io.github.influence4j.report.ReportQuery;
import io.github.influence4j.report.ReportToken;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sentence that one training sequence alone holds is found there, on its own tokens. */
final class PlantedSequenceTest {
  private static final int PLANTED = 17;
  private static final String BEFORE = "aba ";
  private static final String SENTENCE = "Quokka";

  @TempDir private Path folder;
  private final Tokenizer bytes = new Tokenizer(List.of());

  private Sequence sequence(String text, int prompt) {
    return new Sequence(new Document("d", text, "?", text), 0, bytes.encode(text), prompt);
  }

  /** Words of two letters, and one sequence with the sentence after some of them. */
  private List<Sequence> training() {
    Random random = new Random(3);
    List<Sequence> training = new ArrayList<>();
    for (int s = 0; s < 40; s++) {
      StringBuilder text = new StringBuilder();
      while (text.length() < 20) {
        text.append("ab ".charAt(random.nextInt(3)));
      }
      training.add(
          sequence(s == PLANTED ? "abba " + BEFORE + SENTENCE + " ab a" : text.toString(), 0));
    }
    return training;
  }

  @Test
  void foundOnItsTokens() throws Exception {
    int code = Interruption.guard(new PrintWriter(Writer.nullWriter()), this::findPlanted);
    assertThat(code).isZero();
  }

  private void findPlanted(Interruption interruption) throws Exception {
    List<Sequence> training = training();
    LanguageModelRun run =
        new LanguageModelRun(
            training,
            new ModelShape(bytes.vocabulary(), 20, 16, 2, 2),
            new TrainingPlan(200, 8, 1e-2, 1),
            new RunFolder(folder),
            1,
            interruption,
            new PrintWriter(Writer.nullWriter()));
    run.train();
    EngineOptions options = new EngineOptions();
    try (Influence influence = run.engine(options)) {
      Sequence query = sequence(BEFORE + SENTENCE, BEFORE.length());
      ReportQuery explained =
          new InfluentialSequences(run, influence, run.fit(influence, options), training, bytes)
              .explain(List.of(query), 3)
              .get(0);
      assertThat(explained.scores()).hasSize(training.size());
      assertThat(explained.tokens()).extracting(ReportToken::score).containsOnly(Double.NaN);
      check(explained.proponents().get(0));
    }
  }

  private static void check(ReportHit hit) {
    assertThat(hit.label()).contains(SENTENCE);
    assertThat(hit.tokens()).extracting(ReportToken::text).containsSequence("Q", "u", "o", "k");
    double total = hit.tokens().stream().mapToDouble(ReportToken::score).sum();
    assertThat(total).isCloseTo(hit.score(), within(1e-4 * hit.score()));
    assertThat(hit.layers().values().stream().mapToDouble(Double::doubleValue).sum())
        .isCloseTo(hit.score(), within(1e-4 * hit.score()));
    double sentence =
        hit.tokens().stream()
            .filter(token -> SENTENCE.contains(token.text()) && !token.text().equals("a"))
            .mapToDouble(ReportToken::score)
            .sum();
    assertThat(sentence).isGreaterThan(0.8 * hit.score());
    // Not one token too early or too late: the first letter is the surprise.
    assertThat(hit.tokens().get(8).text()).isEqualTo(" ");
    assertThat(hit.tokens().get(9).text()).isEqualTo("Q");
    assertThat(hit.tokens().get(9).score())
        .isGreaterThan(3 * Math.abs(hit.tokens().get(8).score()));
  }
}
