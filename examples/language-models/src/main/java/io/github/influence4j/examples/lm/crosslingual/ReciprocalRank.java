/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.crosslingual;

import java.util.stream.IntStream;

/** One over the place of the right answer in a ranking: 1 for the first. */
final class ReciprocalRank {
  private ReciprocalRank() {}

  /** Highest score first; the mean over all orders of equal scores. */
  static double of(double[] scores, int right) {
    int above = 0;
    int equal = 0;
    for (double score : scores) {
      above += score > scores[right] ? 1 : 0;
      equal += score == scores[right] ? 1 : 0;
    }
    return meanOfPlaces(above + 1, above + equal);
  }

  /** Of a ranking by chance. */
  static double chance(int candidates) {
    return meanOfPlaces(1, candidates);
  }

  private static double meanOfPlaces(int first, int last) {
    return IntStream.rangeClosed(first, last)
        .mapToDouble(place -> 1.0 / place)
        .average()
        .orElseThrow();
  }
}
