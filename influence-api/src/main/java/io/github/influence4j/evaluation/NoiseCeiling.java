/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.Arrays;
import java.util.OptionalDouble;

/** What noise of training leaves to explain; see {@link LinearDatamodelingScore#ceiling}. */
final class NoiseCeiling {
  /** Ways to split the repeats; more change nothing in the second decimal. */
  private static final int SPLITS = 50;

  private static final long SEED = 1;

  private NoiseCeiling() {}

  static OptionalDouble of(RetrainedMeasurements truth) {
    int repeats = truth.repeats();
    if (repeats < 2) {
      return OptionalDouble.empty();
    }
    int first = repeats / 2;
    double agreement = 0;
    for (int split = 0; split < SPLITS; split++) {
      int[] order = TrainingSubsets.permutation(repeats, SEED, split);
      agreement +=
          agreement(truth, Arrays.copyOf(order, first), Arrays.copyOfRange(order, first, repeats))
              / SPLITS;
    }
    return agreement > 0
        ? OptionalDouble.of(ceiling(Math.min(agreement, 1), first, repeats - first))
        : OptionalDouble.empty();
  }

  private static double agreement(RetrainedMeasurements truth, int[] one, int[] other) {
    double sum = 0;
    for (int q = 0; q < truth.queries(); q++) {
      sum += new WeightedRanks(truth.means(q, one), truth.means(q, other)).correlation();
    }
    return sum / truth.queries();
  }

  /** Solves {@code (1+x/a)(1+x/b) = 1/agreement²} for the noise x. */
  private static double ceiling(double agreement, int a, int b) {
    double half = (a + b) / 2.0;
    double noise = -half + Math.sqrt(half * half + a * b * (1 / (agreement * agreement) - 1));
    return 1 / Math.sqrt(1 + noise / (a + b));
  }
}
