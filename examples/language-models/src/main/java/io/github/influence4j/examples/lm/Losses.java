/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.examples.lm.model.Trainer;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.List;
import java.util.Locale;

/**
 * What was learnt, in nats a token.
 *
 * @param training of the model on what it learnt from
 * @param heldOut of the model on other text; NaN without any
 * @param unigram of the frequencies of tokens on that other text
 */
record Losses(double training, double heldOut, double unigram) {
  private static final int BATCH = 32;

  static Losses of(LanguageModel model, Corpus corpus) {
    return new Losses(
        Trainer.meanLoss(model, sequences(corpus.training()), BATCH),
        Trainer.meanLoss(model, sequences(corpus.heldOut()), BATCH),
        corpus.unigramLoss());
  }

  private static List<TokenSequence> sequences(List<Piece> pieces) {
    return pieces.stream().map(Piece::sequence).toList();
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "Loss, nats a token: %.2f on the training text, %.2f on held-out text (a model of token"
            + " frequencies alone: %.2f).",
        training,
        heldOut,
        unigram);
  }
}
