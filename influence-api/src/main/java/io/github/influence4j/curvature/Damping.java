/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import java.util.Locale;

/**
 * The λ of {@code (G + λI)⁻¹}, of which every layer has its own.
 *
 * @param relative true if λ is {@code value} times the mean eigenvalue of the layer, false if λ is
 *     {@code value} itself
 * @param value positive and finite
 */
public record Damping(boolean relative, double value) {
  /** A tenth of the mean eigenvalue of each layer, as in Grosse et al. 2023. */
  public static final Damping HEURISTIC = new Damping(true, 0.1);

  /** Checks the value. */
  public Damping {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "Damping must be positive and finite, got "
              + value
              + "; without damping a direction that no training example moves has no inverse.");
    }
  }

  /**
   * A multiple of each layer's mean eigenvalue.
   *
   * @param factor positive
   * @return the damping
   */
  public static Damping relative(double factor) {
    return new Damping(true, factor);
  }

  /**
   * One value for all layers, in the units of the eigenvalues of one example: squared gradients of
   * the loss summed over the rows of an example.
   *
   * @param lambda positive
   * @return the damping
   */
  public static Damping absolute(double lambda) {
    return new Damping(false, lambda);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, relative ? "relative(%s)" : "absolute(%s)", value);
  }
}
