/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.examples.lm.model.SequenceGradients;
import io.github.influence4j.examples.lm.model.Trainer;
import io.github.influence4j.examples.lm.model.TrainingPlan;
import io.github.influence4j.examples.lm.model.Transformer;
import io.github.influence4j.examples.lm.text.Sequence;
import java.util.List;
import java.util.function.Consumer;

/**
 * A model and what it learnt from.
 *
 * @param model trained
 * @param training its sequences
 */
record TrainedModel(Transformer model, List<Sequence> training) {
  private static final int BATCH = 16;

  /**
   * Trains a model from the beginning.
   *
   * @param progress told of the training, a line at a time
   */
  static TrainedModel train(
      ModelShape shape, List<Sequence> training, TrainingPlan plan, Consumer<String> progress) {
    Transformer model = new Transformer(shape, plan.seed());
    progress.accept("training " + shape + " on " + training.size() + " sequences");
    int threads = Runtime.getRuntime().availableProcessors();
    try (Trainer trainer = new Trainer(model, training, plan, threads)) {
      while (!trainer.done()) {
        double loss = trainer.update();
        if (trainer.step() % 100 == 0) {
          progress.accept("step " + trainer.step() + ", loss " + Table.number(loss));
        }
      }
    }
    return new TrainedModel(model, training);
  }

  SequenceGradients gradients() {
    return new SequenceGradients(model, BATCH);
  }

  /** Nats a token; tokens of prompts do not count. */
  double loss(List<Sequence> sequences) {
    return Trainer.meanLoss(model, sequences, BATCH);
  }
}
