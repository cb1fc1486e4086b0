/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.Arrays;

/** Pearson's statistic. */
final class ChiSquare {
  private ChiSquare() {}

  static double of(int[] counts, double[] probabilities) {
    int total = Arrays.stream(counts).sum();
    double sum = 0;
    for (int i = 0; i < counts.length; i++) {
      double expected = total * probabilities[i];
      sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    return sum;
  }

  static double ofEqualBins(int[] counts) {
    double[] probabilities = new double[counts.length];
    Arrays.fill(probabilities, 1.0 / counts.length);
    return of(counts, probabilities);
  }
}
