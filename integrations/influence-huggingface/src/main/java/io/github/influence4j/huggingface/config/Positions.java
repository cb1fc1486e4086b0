/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

/** How a model knows where a token is. */
public sealed interface Positions permits Positions.Learned, Positions.Rotary {
  /**
   * A vector for each place, added to the token's.
   *
   * @param count places
   */
  record Learned(int count) implements Positions {}

  /**
   * Queries and keys are turned by angles that grow with the place.
   *
   * @param dimensions of a head that are turned, the first ones
   * @param theta base of the wave lengths
   * @param scaling how they are stretched
   */
  record Rotary(int dimensions, double theta, RotaryScaling scaling) implements Positions {
    /** Whether the angles of a step are others in a longer sequence. */
    public boolean dependOnLength() {
      return scaling instanceof RotaryScaling.Dynamic;
    }

    /**
     * Angles of one step.
     *
     * @param length rows of the longest sequence
     * @return one for each pair of dimensions
     */
    public double[] frequencies(int length) {
      double[] out = new double[dimensions / 2];
      double base = scaling.base(theta, dimensions, length);
      for (int i = 0; i < out.length; i++) {
        out[i] = scaling.scaled(1 / Math.pow(base, 2.0 * i / dimensions));
      }
      return out;
    }
  }
}
