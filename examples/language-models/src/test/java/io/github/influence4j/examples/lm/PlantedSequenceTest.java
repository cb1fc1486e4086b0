/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.Influence;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.examples.lm.attribute.Origins;
import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.examples.lm.attribute.Pieces;
import io.github.influence4j.examples.lm.model.Gpt2;
import io.github.influence4j.examples.lm.model.LearntTokenizer;
import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.examples.lm.model.TrainingPlan;
import io.github.influence4j.examples.lm.run.Interruption;
import io.github.influence4j.examples.lm.run.LanguageModelRun;
import io.github.influence4j.examples.lm.run.RunFolder;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TextTokenizer;
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
  private final LearntTokenizer bytes = LearntTokenizer.learn(List.of(), 257);

  /** Words of two letters, and one sequence with the sentence after some of them. */
  private static List<Piece> training(Pieces pieces) {
    Random random = new Random(3);
    List<Piece> training = new ArrayList<>();
    for (int s = 0; s < 40; s++) {
      StringBuilder text = new StringBuilder();
      while (text.length() < 20) {
        text.append("ab ".charAt(random.nextInt(3)));
      }
      String shown = s == PLANTED ? "abba " + BEFORE + SENTENCE + " ab a" : text.toString();
      training.addAll(pieces.parts(shown, shown));
    }
    return training;
  }

  @Test
  void foundOnItsTokens() throws Exception {
    Torch.load();
    int code = Interruption.guard(new PrintWriter(Writer.nullWriter()), this::findPlanted);
    assertThat(code).isZero();
  }

  private void findPlanted(Interruption interruption) throws Exception {
    try (TextTokenizer tokenizer = bytes.open()) {
      Pieces pieces = new Pieces(tokenizer, 21);
      List<Piece> training = training(pieces);
      LanguageModelRun run =
          new LanguageModelRun(
              training.stream().map(Piece::sequence).toList(),
              new Gpt2(new ModelShape(257, 20, 16, 2, 2), bytes),
              new TrainingPlan(300, 8, 1e-2, 1),
              new RunFolder(folder),
              1,
              interruption,
              new PrintWriter(Writer.nullWriter()));
      EngineOptions options = new EngineOptions();
      try (LanguageModel model = run.train();
          Influence influence = run.engine(model, options)) {
        ReportQuery explained =
            new Origins(
                    model,
                    training,
                    influence.scorer(run.fit(model, influence, options)),
                    run.progress())
                .of(List.of(pieces.completion("asked", BEFORE, SENTENCE)), 3, "method")
                .queries()
                .get(0);
        assertThat(explained.scores()).hasSize(training.size());
        assertThat(explained.tokens()).extracting(ReportToken::score).containsOnly(Double.NaN);
        check(explained.proponents().get(0));
      }
    }
  }

  private static void check(ReportHit hit) {
    assertThat(hit.label()).contains(SENTENCE);
    assertThat(hit.tokens()).extracting(ReportToken::text).containsSequence("Q", "u", "o", "k");
    assertThat(hit.tokens().get(0).score()).as("of what is not predicted").isNaN();
    double total = hit.tokens().stream().skip(1).mapToDouble(ReportToken::score).sum();
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
    int first = hit.tokens().stream().map(ReportToken::text).toList().indexOf("Q");
    assertThat(hit.tokens().get(first).score())
        .isGreaterThan(3 * Math.abs(hit.tokens().get(first - 1).score()));
  }
}
