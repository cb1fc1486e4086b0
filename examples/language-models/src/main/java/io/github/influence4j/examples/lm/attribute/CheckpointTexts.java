/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.attribute.Texts.Text;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Texts as a checkpoint sees them: the corpus and the queries of {@code attribute}, for others. */
public final class CheckpointTexts {
  private static final int SHORTEST = 2;

  private final LanguageModel model;

  /**
   * For a model.
   *
   * @param model with a tokenizer; borrowed
   */
  public CheckpointTexts(LanguageModel model) {
    this.model = model;
  }

  /**
   * Reads a corpus, as {@code attribute --corpus} does.
   *
   * @param paths files and folders
   * @param length tokens of a sequence, 2 or more; no longer than the model was made for
   * @return its sequences
   * @throws IOException if a file is missing or cannot be read
   * @throws IllegalArgumentException if there is no text
   */
  public List<Piece> corpus(List<Path> paths, int length) throws IOException {
    int most = Math.max(SHORTEST, Math.min(length, model.context()));
    return new Pieces(model.tokenizer(), most).of(Texts.read(paths));
  }

  /**
   * Whether a text fits into the model.
   *
   * @param text any
   * @return whether it has no more tokens than the model was made for
   * @throws IOException if the tokenizer cannot be read
   */
  public boolean fits(String text) throws IOException {
    return model.tokenizer().encode(text).ids().length <= Math.max(SHORTEST, model.context());
  }

  /**
   * A completion to be predicted after a prompt.
   *
   * @param label what to call it
   * @param prompt what the model is given
   * @param completion what it says then, with the space before it
   * @return a query, or a training sequence whose completion alone counts
   * @throws IOException if the tokenizer cannot be read
   * @throws IllegalArgumentException if one of them has no tokens, or it does not fit
   */
  public Piece completion(String label, String prompt, String completion) throws IOException {
    return new Pieces(model.tokenizer(), Math.max(SHORTEST, model.context()))
        .completion(new Text(label, prompt, completion));
  }

  /**
   * A text, all of which is to be predicted.
   *
   * @param label what to call it
   * @param text of two tokens or more
   * @return as much of it as fits into the model
   * @throws IOException if the tokenizer cannot be read
   * @throws IllegalArgumentException if it has fewer than two tokens
   */
  public Piece text(String label, String text) throws IOException {
    return new Pieces(model.tokenizer(), Math.max(SHORTEST, model.context()))
        .of(List.of(new Text(label, "", text)))
        .get(0);
  }

  /**
   * How badly a sequence is predicted.
   *
   * @param sequence of the model
   * @return nats a token that is to be predicted
   */
  public double loss(TokenSequence sequence) {
    return Arrays.stream(Losses.of(model, sequence)).average().orElse(Double.NaN);
  }

  /**
   * Whether the model is worth explaining by a corpus.
   *
   * @param corpus its sequences
   * @return the loss on it beside that of guesses, and what to be wary of, a line each
   */
  public List<String> sanity(List<Piece> corpus) {
    Sanity sanity = Sanity.of(model, corpus, 0, new PrintWriter(Writer.nullWriter()));
    List<String> lines = new ArrayList<>(List.of(sanity.toString()));
    lines.addAll(sanity.warnings());
    return lines;
  }
}
