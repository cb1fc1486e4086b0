/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import org.jspecify.annotations.Nullable;

/**
 * How far the steps of a stochastic solver go: step k along {@code m ← μ m + gradient} by {@code α
 * / (1 + decay k)}.
 *
 * @param learningRate α; null finds one: 1 over the largest eigenvalue of the preconditioned system
 *     that power iterations over the first mini-batches find, times 1 − μ where steps are over
 *     mini-batches, whose noise momentum would amplify
 * @param momentum μ, from 0 to below 1
 * @param decay 0 or more; above 0, such as 0.01, the noise of mini-batches dies down
 */
public record StepLengths(@Nullable Double learningRate, double momentum, double decay) {
  /** A rate that is found, momentum 0.9, no decay. */
  public static final StepLengths FOUND = new StepLengths(null, 0.9, 0);

  /** Checks the numbers. */
  public StepLengths {
    boolean fits =
        (learningRate == null || (learningRate > 0 && Double.isFinite(learningRate)))
            && momentum >= 0
            && momentum < 1
            && decay >= 0
            && Double.isFinite(decay);
    if (!fits) {
      throw new IllegalArgumentException(
          "The learning rate must be positive, the momentum from 0 to below 1 and the decay 0 or"
              + " more, got "
              + learningRate
              + ", "
              + momentum
              + " and "
              + decay
              + ".");
    }
  }
}
