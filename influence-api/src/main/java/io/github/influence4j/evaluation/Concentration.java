/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.Arrays;

/** How few training examples hold the influence. */
public final class Concentration {
  private Concentration() {}

  /**
   * The share of all positive influence that the strongest training examples hold.
   *
   * @param scores of all training examples
   * @param fraction of all training examples, in (0, 1]; 0.01 for the top 1 %
   * @return a share in [0, 1]; NaN where no score is positive
   */
  public static double topShare(double[] scores, double fraction) {
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    return Double.NaN;
  }
}
