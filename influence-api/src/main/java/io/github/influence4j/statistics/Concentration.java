/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.statistics;

import java.util.Arrays;
import java.util.OptionalDouble;

/** How few training examples hold the influence. */
public final class Concentration {
  private Concentration() {}

  /**
   * The share of all positive influence that the strongest training examples hold: the sum of the
   * {@code ⌈fraction · N⌉} largest scores over the sum of all positive ones.
   *
   * @param scores of all N training examples, finite
   * @param fraction of all training examples, in (0, 1]; 0.01 for the top 1 %
   * @return a share in [0, 1]; empty where no score is positive
   * @throws IllegalArgumentException if a score is not finite, or the fraction is out of range
   */
  public static OptionalDouble topShare(double[] scores, double fraction) {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new IllegalArgumentException("fraction must be in (0, 1], got " + fraction);
    }
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    int top = (int) Math.ceil(fraction * sorted.length);
    double strongest = sorted.length == 0 ? 0 : sorted[sorted.length - 1];
    double held = 0;
    double all = 0;
    for (int rank = 0; rank < sorted.length; rank++) {
      double score = sorted[sorted.length - 1 - rank];
      if (!Double.isFinite(score)) {
        throw new IllegalArgumentException("Scores must be finite, got " + score);
      }
      // In units of the strongest, so that the sum cannot overflow.
      double part = score > 0 ? score / strongest : 0;
      all += part;
      held += rank < top ? part : 0;
    }
    return all > 0 ? OptionalDouble.of(held / all) : OptionalDouble.empty();
  }
}
