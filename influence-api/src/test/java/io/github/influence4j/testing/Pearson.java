/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import java.util.Arrays;

/** The correlation of two lists of numbers. */
public final class Pearson {
  private Pearson() {}

  /** Of lists of the same length, NaN where one is constant. */
  public static double of(double[] x, double[] y) {
    double meanX = Arrays.stream(x).average().orElseThrow();
    double meanY = Arrays.stream(y).average().orElseThrow();
    double together = 0;
    double ofX = 0;
    double ofY = 0;
    for (int i = 0; i < x.length; i++) {
      together += (x[i] - meanX) * (y[i] - meanY);
      ofX += (x[i] - meanX) * (x[i] - meanX);
      ofY += (y[i] - meanY) * (y[i] - meanY);
    }
    return together / Math.sqrt(ofX * ofY);
  }
}
