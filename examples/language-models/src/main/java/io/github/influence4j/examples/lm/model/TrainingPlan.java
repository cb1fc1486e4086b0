/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

/**
 * How a model is trained: AdamW (Loshchilov and Hutter 2019), the rate rising for a twentieth of
 * the steps and then falling to a tenth along a cosine.
 *
 * @param steps in all
 * @param batchSize sequences a step
 * @param learningRate the highest
 * @param seed of the order of the sequences
 */
public record TrainingPlan(int steps, int batchSize, double learningRate, long seed) {
  private static final double LAST_SHARE = 0.1;

  /** Checks the numbers. */
  public TrainingPlan {
    if (steps < 1 || batchSize < 1 || !(learningRate > 0)) {
      throw new IllegalArgumentException(
          "Steps, batch size and learning rate must be positive, got "
              + steps
              + ", "
              + batchSize
              + " and "
              + learningRate
              + ".");
    }
  }

  /** The rate of a step, from 0. */
  double rate(int step) {
    int warmUp = Math.max(1, steps / 20);
    if (step < warmUp) {
      return learningRate * (step + 1) / warmUp;
    }
    double done = (double) (step - warmUp) / Math.max(1, steps - warmUp);
    double cosine = (1 + Math.cos(Math.PI * done)) / 2;
    return learningRate * (LAST_SHARE + (1 - LAST_SHARE) * cosine);
  }
}
