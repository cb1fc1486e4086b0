/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.testing.SeededRandom;
import java.util.Random;

/** Random numbers, matrices and lengths of tests, from {@link SeededRandom}. */
final class TestRandom {
  private final Random random;

  private TestRandom(Random random) {
    this.random = random;
  }

  static TestRandom of(Class<?> test) {
    return new TestRandom(SeededRandom.at(test.getSimpleName()));
  }

  int between(int low, int high) {
    return low + random.nextInt(high - low + 1);
  }

  double[] vector(int length) {
    double[] out = new double[length];
    for (int i = 0; i < length; i++) {
      out[i] = random.nextGaussian();
    }
    return out;
  }

  double[][] matrix(int rows, int columns) {
    double[][] out = new double[rows][];
    for (int r = 0; r < rows; r++) {
      out[r] = vector(columns);
    }
    return out;
  }

  /** One matrix an example, of the given numbers of rows. */
  double[][][] examples(int[] lengths, int columns) {
    double[][][] out = new double[lengths.length][][];
    for (int e = 0; e < lengths.length; e++) {
      out[e] = matrix(lengths[e], columns);
    }
    return out;
  }

  int[] lengths(int examples, int low, int high) {
    int[] out = new int[examples];
    for (int e = 0; e < examples; e++) {
      out[e] = between(low, high);
    }
    return out;
  }
}
