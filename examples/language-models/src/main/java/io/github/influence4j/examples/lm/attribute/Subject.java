/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.pytorch.TorchGradients;
import java.util.List;

/**
 * What is explained, and by what.
 *
 * @param model that said it
 * @param corpus it has learnt from
 * @param queries what it said
 */
record Subject(LanguageModel model, List<Piece> corpus, List<Piece> queries) {
  TorchGradients<?> training() {
    return gradients(corpus);
  }

  TorchGradients<?> asked() {
    return gradients(queries);
  }

  TorchGradients<?> gradients(List<Piece> pieces) {
    List<TokenSequence> sequences = pieces.stream().map(Piece::sequence).toList();
    return model.gradients(sequences);
  }

  /** Of the corpus. */
  long tokens() {
    return corpus.stream().mapToLong(piece -> piece.sequence().length()).sum();
  }
}
