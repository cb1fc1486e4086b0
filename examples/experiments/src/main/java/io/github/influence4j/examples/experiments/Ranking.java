/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The order of training sequences by score. */
final class Ranking {
  private Ranking() {}

  /** Numbers of the highest scores, highest first, equal ones by number. */
  static List<Integer> top(double[] scores, int count) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -scores[i]))
        .limit(count)
        .toList();
  }
}
