/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Spearman's correlation of pairs of which each may count several times, as in a bootstrap: both
 * sides are sorted once, a resample costs O(pairs). Ties get their mean rank.
 */
final class WeightedRanks {
  private final Side x;
  private final Side y;

  WeightedRanks(double[] x, double[] y) {
    this.x = Side.of(x);
    this.y = Side.of(y);
  }

  /** All pairs once. */
  double correlation() {
    int[] once = new int[x.order().length];
    Arrays.fill(once, 1);
    return correlation(once);
  }

  /** From -1 to 1; 0 where one side does not vary, for then it predicts nothing. */
  double correlation(int[] counts) {
    double[] a = x.ranks(counts);
    double[] b = y.ranks(counts);
    double mean = (Arrays.stream(counts).sum() + 1) / 2.0;
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < counts.length; i++) {
      ab += counts[i] * (a[i] - mean) * (b[i] - mean);
      aa += counts[i] * (a[i] - mean) * (a[i] - mean);
      bb += counts[i] * (b[i] - mean) * (b[i] - mean);
    }
    return aa == 0 || bb == 0 ? 0 : ab / Math.sqrt(aa * bb);
  }

  /**
   * One side of the pairs.
   *
   * @param order the pairs by value, ascending
   * @param tied for each place in the order whether its value is that of the place before
   */
  private record Side(int[] order, boolean[] tied) {
    static Side of(double[] values) {
      int[] order =
          IntStream.range(0, values.length)
              .boxed()
              .sorted(Comparator.comparingDouble(i -> values[i]))
              .mapToInt(Integer::intValue)
              .toArray();
      boolean[] tied = new boolean[order.length];
      for (int i = 1; i < order.length; i++) {
        tied[i] = values[order[i]] == values[order[i - 1]];
      }
      return new Side(order, tied);
    }

    double[] ranks(int[] counts) {
      double[] ranks = new double[order.length];
      int before = 0;
      for (int first = 0; first < order.length; ) {
        int after = first;
        int weight = 0;
        do {
          weight += counts[order[after++]];
        } while (after < order.length && tied[after]);
        for (int i = first; i < after; i++) {
          ranks[order[i]] = before + (weight + 1) / 2.0;
        }
        before += weight;
        first = after;
      }
      return ranks;
    }
  }
}
