/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import io.github.influence4j.testing.SeededRandom;
import java.util.Arrays;
import java.util.Random;

/**
 * The simplest model: for each query it learns the mean of the training examples' values. What a
 * subset teaches it is known in closed form, and linear in who is in a subset of fixed size.
 *
 * @param values [queries, examples]
 */
record Means(double[][] values) {
  static Means random(String place, int queries, int examples) {
    Random random = SeededRandom.at(place);
    double[][] values = new double[queries][];
    Arrays.setAll(values, q -> SeededRandom.gaussians(random, examples));
    return new Means(values);
  }

  int queries() {
    return values.length;
  }

  int examples() {
    return values[0].length;
  }

  /** What is learned, for each query. */
  double[] train(int[] subset) {
    return Arrays.stream(values)
        .mapToDouble(
            query -> Arrays.stream(subset).mapToDouble(i -> query[i]).average().orElseThrow())
        .toArray();
  }

  /** With noise of training. */
  Retraining noisy(double deviation) {
    return (subset, seed) -> {
      Random random = new Random(seed);
      return Arrays.stream(train(subset)).map(f -> f + deviation * random.nextGaussian()).toArray();
    };
  }

  /** The change of a mean when one more copy of an example is added, to first order. */
  double[][] scores() {
    double[][] scores = new double[queries()][examples()];
    for (int q = 0; q < queries(); q++) {
      double mean = Arrays.stream(values[q]).average().orElseThrow();
      double[] of = values[q];
      Arrays.setAll(scores[q], i -> (of[i] - mean) / of.length);
    }
    return scores;
  }
}
