/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.statistics;

import java.util.Arrays;

/** Pearson's correlation. */
public final class LinearCorrelation {
  private LinearCorrelation() {}

  /**
   * How well a straight line tells one list from the other.
   *
   * @param a a value each
   * @param b of the same length, at least 2
   * @return -1 to 1; NaN where one side does not vary
   * @throws IllegalArgumentException if the lengths differ, or there are fewer than two pairs
   */
  public static double of(double[] a, double[] b) {
    if (a.length != b.length || a.length < 2) {
      throw new IllegalArgumentException(
          "A correlation needs two lists of one length, at least 2; got "
              + a.length
              + " and "
              + b.length
              + ".");
    }
    double meanA = Arrays.stream(a).average().orElseThrow();
    double meanB = Arrays.stream(b).average().orElseThrow();
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (a[i] - meanA) * (b[i] - meanB);
      aa += (a[i] - meanA) * (a[i] - meanA);
      bb += (b[i] - meanB) * (b[i] - meanB);
    }
    return ab / (Math.sqrt(aa) * Math.sqrt(bb));
  }
}
