/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.huggingface.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What causes are looked for in. */
final class CorpusOptions {
  private static final int USUAL_LENGTH = 256;

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      arity = "1..*",
      description = {
        "Training texts: .txt and .md, one a file; .jsonl with \"text\", or with \"prompt\" and"
            + " \"completion\", whose loss alone counts; each also as .gz; folders of such."
      })
  private List<Path> corpus = List.of();

  @Option(
      names = "--corpus-ids",
      paramLabel = "FILE",
      description =
          "Training sequences as token ids instead: train.input_ids, and where there are any"
              + " train.attention_mask and train.labels, in a safetensors file.")
  private @Nullable Path ids;

  @Option(
      names = "--sequence-length",
      paramLabel = "N",
      description =
          "Tokens of a sequence that texts are cut into (default: what the model was made"
              + " for, at most 256).")
  private @Nullable Integer length;

  @Option(
      names = "--packing",
      negatable = true,
      description =
          "Join texts into full sequences, the end-of-text token between them, as many models are"
              + " trained; attention then crosses texts. A prompt with its completion"
              + " stays by itself. --no-packing, the default, cuts each text on its own.")
  private boolean packing;

  /** Refuses what does not go together, before a model is loaded. */
  void check() {
    if (corpus.isEmpty() == (ids == null)) {
      throw new IllegalArgumentException(
          "Give either --corpus or --corpus-ids: the training data to look for causes in.");
    }
    if (length != null && length < 2) {
      throw new IllegalArgumentException("--sequence-length must be at least 2, got " + length);
    }
    if (ids != null && (packing || length != null)) {
      throw new IllegalArgumentException(
          "--sequence-length and --packing are about texts; --corpus-ids are taken as they are.");
    }
  }

  /**
   * Reads it.
   *
   * @param directory of the model
   */
  List<Piece> read(LanguageModel model, Path directory) throws IOException {
    if (ids != null) {
      return IdTables.pieces(ids, "train", false);
    }
    int tokens = length == null ? Math.max(2, Math.min(USUAL_LENGTH, model.context())) : length;
    Pieces pieces = new Pieces(model.tokenizer(), tokens);
    return packing
        ? pieces.packed(Texts.read(corpus), EndOfText.of(directory, model.tokenizer()))
        : pieces.of(Texts.read(corpus));
  }
}
