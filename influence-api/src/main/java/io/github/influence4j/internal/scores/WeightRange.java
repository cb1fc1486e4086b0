/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.internal.range.Exponents;
import io.github.influence4j.internal.range.Headroom;

/**
 * How large and how small the weights {@code 1/(Λ+λ)} of a layer are. Zeros do not count: those of
 * a layer whose gradients were all 0, and what a filter leaves out.
 */
final class WeightRange {
  private double least = Double.MAX_VALUE;
  private double most;

  /** The most where Λ is not 0: elsewhere gradients are 0, too, and nothing can vanish. */
  private double mostUsed;

  WeightRange(double[] weights, double[] eigenvalues, int firstEigenvalue) {
    for (int i = 0; i < weights.length; i++) {
      least = weights[i] == 0 ? least : Math.min(least, weights[i]);
      most = Math.max(most, weights[i]);
      if (eigenvalues[firstEigenvalue + i] > 0) {
        mostUsed = Math.max(mostUsed, weights[i]);
      }
    }
  }

  /**
   * The power of two to divide the weights by.
   *
   * @throws IllegalArgumentException if they are too far apart for a precision
   */
  int exponent(String layer, Damping damping, Precision precision) {
    if (most == 0) {
      return 0;
    }
    Headroom.Weights headroom = Headroom.of(precision).weights();
    int low = Exponents.of(least);
    int high = Exponents.of(most);
    boolean inside = low >= headroom.least() && high <= headroom.most();
    int exponent = inside ? 0 : low - headroom.moved();
    boolean tooWide = mostUsed > 0 && Exponents.of(mostUsed) - low > headroom.spread();
    if (tooWide || high - exponent > headroom.limit()) {
      throw new IllegalArgumentException(
          "Layer \""
              + layer
              + "\": with damping "
              + damping
              + " the weights 1/(Λ+λ) range from "
              + least
              + " to "
              + most
              + ", too far apart for "
              + precision
              + "; choose a larger damping"
              + (precision == Precision.F32 ? ", or compute in F64." : "."));
    }
    return exponent;
  }
}
