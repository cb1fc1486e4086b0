/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.statistics;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Spearman's rank correlation, ties at their mean rank. */
public final class RankCorrelation {
  private RankCorrelation() {}

  /**
   * How well two orders of the same things agree.
   *
   * @param a a value each
   * @param b of the same length
   * @return -1 to 1; 1 where all values of one side are equal, for then nothing contradicts
   */
  public static double of(double[] a, double[] b) {
    double[] x = ranks(a);
    double[] y = ranks(b);
    double mean = (x.length + 1) / 2.0;
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - mean) * (y[i] - mean);
      xx += (x[i] - mean) * (x[i] - mean);
      yy += (y[i] - mean) * (y[i] - mean);
    }
    return xx == 0 || yy == 0 ? 1 : xy / Math.sqrt(xx * yy);
  }

  private static double[] ranks(double[] values) {
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> values[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] ranks = new double[values.length];
    for (int first = 0; first < order.length; ) {
      int last = first;
      while (last + 1 < order.length && values[order[last + 1]] == values[order[first]]) {
        last++;
      }
      for (int i = first; i <= last; i++) {
        ranks[order[i]] = (first + last) / 2.0 + 1;
      }
      first = last + 1;
    }
    return ranks;
  }
}
