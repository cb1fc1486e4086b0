/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.examples.lm.attribute.Pieces;
import io.github.influence4j.huggingface.TextTokenizer;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** What the model is asked about: why does it say this after that? */
final class Question {
  /** For the English Europarl documents. */
  static final List<Question> EUROPARL =
      List.of(
          of("Mr President, I would like to thank", "the rapporteur for his excellent report."),
          of("The common fisheries policy must protect", "fish stocks and our fishermen."),
          of("We must fight against", "racism, xenophobia and discrimination."),
          of("The vote will take place", "tomorrow at 12 noon."));

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      required = true,
      description = "What the model is given; may be empty.")
  private String prompt = "";

  @Option(
      names = "--completion",
      paramLabel = "TEXT",
      required = true,
      description = "What it says then; repeat both for several queries.")
  private String completion = "";

  private static Question of(String prompt, String completion) {
    Question question = new Question();
    question.prompt = prompt;
    question.completion = completion;
    return question;
  }

  /** Prompt and completion as one sequence, joined by a space. */
  Piece piece(TextTokenizer tokenizer, int context) {
    String said = completion.strip();
    if (said.isEmpty()) {
      throw new IllegalArgumentException(
          "--completion is empty; give the words whose origin you ask for.");
    }
    String given = prompt.strip();
    String title = given.isEmpty() ? said : given + " → " + said;
    Piece piece =
        new Pieces(tokenizer, Integer.MAX_VALUE)
            .completion(title, given, given.isEmpty() ? said : " " + said);
    if (piece.length() > context) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The query \"%s %s\" has %d tokens, more than the context of %d; shorten it.",
              given,
              said,
              piece.length(),
              context));
    }
    return piece;
  }
}
