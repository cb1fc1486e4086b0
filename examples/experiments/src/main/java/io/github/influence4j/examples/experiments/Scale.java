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
 * @param vocabulary tokens
 * @param context tokens of a sequence
 * @param width of the model that most experiments share
 * @param layers of that model
 * @param steps of its training
 * @param facts of the synthetic corpus; a tenth as many passages are planted in the real one
 * @param syntheticSteps of training on either
 */
record Scale(
    int documents,
    int queries,
    int vocabulary,
    int context,
    int width,
    int layers,
    int steps,
    int facts,
    int syntheticSteps) {
  private static final int BATCH = 16;
  private static final double RATE = 3e-3;

  /** What the document shows. */
  static final Scale FULL = new Scale(420, 10, 1024, 64, 96, 3, 800, 100, 800);

  /** Seconds each, to see that all works; the numbers mean nothing. */
  static final Scale QUICK = new Scale(40, 2, 320, 32, 16, 2, 10, 10, 10);

  /** The model that most experiments share. */
  ModelShape shape(int tokens) {
    return new ModelShape(tokens, context, width, layers, 4);
  }

  /** A model of a third of the width and one layer less. */
  ModelShape smallShape(int tokens) {
    return new ModelShape(tokens, context, Math.max(8, width / 12 * 4), layers - 1, 4);
  }

  /** For facts and planted passages: two thirds of the width, one layer less. */
  ModelShape syntheticShape(int tokens) {
    return new ModelShape(tokens, context, Math.max(8, width / 6 * 4), layers - 1, 4);
  }

  TrainingPlan plan(long seed) {
    return new TrainingPlan(steps, BATCH, RATE, seed);
  }

  TrainingPlan syntheticPlan(long seed) {
    return new TrainingPlan(syntheticSteps, BATCH, RATE, seed);
  }
}
