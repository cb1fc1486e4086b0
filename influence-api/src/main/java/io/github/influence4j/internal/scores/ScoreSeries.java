/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import java.util.Arrays;

/** Scores by example number, growing as examples come. */
final class ScoreSeries {
  private double[] values = new double[64];
  private int size;

  /** Adds to the score of an example or a group. */
  void add(long number, double value) {
    int index = Math.toIntExact(number);
    if (index >= values.length) {
      values = Arrays.copyOf(values, Math.max(index + 1, values.length + (values.length >> 1)));
    }
    size = Math.max(size, index + 1);
    values[index] += value;
  }

  int size() {
    return size;
  }

  double get(int index) {
    return values[index];
  }

  /** Adds another series. */
  void addAll(ScoreSeries other) {
    for (int i = 0; i < other.size; i++) {
      add(i, other.values[i]);
    }
  }

  /** Refuses what a sum over layers leaves where the layers alone are finite. */
  static double requireFinite(double score) {
    if (!Double.isFinite(score)) {
      throw new ArithmeticException(
          "A score summed over layers is " + score + "; the data overflow, scale the loss down.");
    }
    return score;
  }

  /** All values times a factor, zeros where nothing was added; ends the growth. */
  double[] finish(double factor, long count) {
    int length = Math.toIntExact(count);
    values = Arrays.copyOf(values, length);
    for (int i = 0; i < length; i++) {
      values[i] = requireFinite(values[i] * factor);
    }
    return values;
  }
}
