/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.statistics;

import java.util.Arrays;
import java.util.stream.IntStream;

/** How far two methods agree about the strongest. */
public final class TopOverlap {
  private TopOverlap() {}

  /**
   * The share of the k largest values of one list that are among the k largest of the other.
   *
   * @param k of how many, from 1 to the lists' length
   * @param a a value each
   * @param b of the same length
   * @return 0 to 1; of equal values the first are taken
   * @throws IllegalArgumentException if the lengths differ or k is out of range
   */
  public static double of(int k, double[] a, double[] b) {
    if (a.length != b.length || k < 1 || k > a.length) {
      throw new IllegalArgumentException(
          "The top "
              + k
              + " of lists of "
              + a.length
              + " and "
              + b.length
              + " cannot be compared.");
    }
    boolean[] top = new boolean[a.length];
    largest(k, a).forEach(i -> top[i] = true);
    return (double) largest(k, b).filter(i -> top[i]).count() / k;
  }

  private static IntStream largest(int k, double[] values) {
    return Arrays.stream(
        IntStream.range(0, values.length)
            .boxed()
            .sorted((i, j) -> Double.compare(values[j], values[i]))
            .limit(k)
            .mapToInt(Integer::intValue)
            .toArray());
  }
}
