/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.examples.lm.model.TrainingPlan;

/**
 * How large the experiments are.
 *
 * @param documents Europarl documents read, one in twenty of which is held out
 * @param queries held-out documents that are asked about
 * @param facts of the synthetic corpus; a tenth as many passages are planted in the real one
 * @param vocabulary tokens
 * @param size of the model that most experiments share
 * @param steps of its training
 * @param syntheticSteps of training on facts or passages
 */
record Scale(
    int documents,
    int queries,
    int facts,
    int vocabulary,
    Size size,
    int steps,
    int syntheticSteps) {
  private static final int HEADS = 4;
  private static final int BATCH = 16;
  private static final double RATE = 3e-3;

  /** What the document shows. */
  static final Scale FULL = new Scale(420, 10, 100, 1024, new Size(64, 96, 3), 800, 800);

  /** Seconds each, to see that all works; the numbers mean nothing. */
  static final Scale QUICK = new Scale(40, 2, 10, 320, new Size(32, 16, 2), 10, 10);

  /**
   * How large a model is, apart from its vocabulary.
   *
   * @param context tokens of a sequence
   * @param width of the model
   * @param layers of the model
   */
  record Size(int context, int width, int layers) {
    ModelShape shape(int tokens) {
      return new ModelShape(tokens, context, width, layers, HEADS);
    }

    /** One layer less, and a width that the heads share. */
    Size smaller(int newWidth) {
      return new Size(context, Math.max(2 * HEADS, newWidth / HEADS * HEADS), layers - 1);
    }
  }

  /** The model that most experiments share. */
  ModelShape shape(int tokens) {
    return size.shape(tokens);
  }

  /** A model of a third of the width and one layer less. */
  ModelShape smallShape(int tokens) {
    return size.smaller(size.width() / 3).shape(tokens);
  }

  /** For facts and planted passages: two thirds of the width, one layer less. */
  ModelShape syntheticShape(int tokens) {
    return size.smaller(size.width() * 2 / 3).shape(tokens);
  }

  TrainingPlan plan(long seed) {
    return new TrainingPlan(steps, BATCH, RATE, seed);
  }

  TrainingPlan syntheticPlan(long seed) {
    return new TrainingPlan(syntheticSteps, BATCH, RATE, seed);
  }
}
