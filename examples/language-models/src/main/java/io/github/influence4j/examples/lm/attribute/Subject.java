/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.examples.lm.run.StageProgress;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What is explained, and by what.
 *
 * @param model that said it
 * @param corpus it has learnt from
 * @param queries what it said
 * @param profile of the run
 */
record Subject(LanguageModel model, List<Piece> corpus, List<Piece> queries, RunProfile profile) {
  WatchedGradients training() {
    return gradients(corpus);
  }

  WatchedGradients asked() {
    return gradients(queries);
  }

  WatchedGradients gradients(List<Piece> pieces) {
    List<TokenSequence> sequences = pieces.stream().map(Piece::sequence).toList();
    return new WatchedGradients(model.gradients(sequences), profile);
  }

  /** The corpus, whose sequences can be had by number. */
  IndexedGradients byNumber(StageProgress progress) {
    return IndexedGradients.of(
        corpus.size(),
        numbers -> {
          progress.expect(numbers.length);
          return gradients(LongStream.of(numbers).mapToObj(n -> corpus.get((int) n)).toList())
              .dataLabels();
        });
  }

  /** Of the corpus. */
  long tokens() {
    return corpus.stream().mapToLong(piece -> piece.sequence().length()).sum();
  }
}
