/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.examples.lm.model.Trainer;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.List;

/**
 * A model and what it learnt from.
 *
 * @param model trained
 * @param shape its sizes
 * @param training its sequences
 */
record TrainedModel(LanguageModel model, ModelShape shape, List<TokenSequence> training) {
  private static final int BATCH = 16;

  /** Nats a token that is to be predicted; prompts do not count. */
  double loss(List<TokenSequence> sequences) {
    return Trainer.meanLoss(model, sequences, BATCH);
  }
}
