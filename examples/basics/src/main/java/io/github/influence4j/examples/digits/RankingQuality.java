/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import java.util.Comparator;
import java.util.stream.IntStream;

/** How well a score puts the sought examples at the top of a list. */
final class RankingQuality {
  private final int[] order;
  private final int[] foundUpTo;
  private final double averagePrecision;

  /** Ranks by score, highest first, equal scores by number. */
  RankingQuality(double[] scores, boolean[] sought) {
    order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -scores[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    foundUpTo = new int[order.length + 1];
    double precisions = 0;
    for (int rank = 1; rank <= order.length; rank++) {
      boolean hit = sought[order[rank - 1]];
      foundUpTo[rank] = foundUpTo[rank - 1] + (hit ? 1 : 0);
      precisions += hit ? (double) foundUpTo[rank] / rank : 0;
    }
    averagePrecision = precisions / Math.max(1, foundUpTo[order.length]);
  }

  /** All examples, the most suspicious first. */
  int[] order() {
    return order.clone();
  }

  /** Share of the sought among the first {@code budget}. */
  double precision(int budget) {
    return (double) foundUpTo[budget] / budget;
  }

  /** Share of the sought that are among the first {@code budget}. */
  double recall(int budget) {
    return (double) foundUpTo[budget] / Math.max(1, foundUpTo[order.length]);
  }

  /** Mean, over the sought, of the precision at their ranks; by chance it is about their share. */
  double averagePrecision() {
    return averagePrecision;
  }
}
