/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

/** How rotary positions are stretched for texts longer than those of the first training. */
sealed interface RotaryScaling {
  /** The base of the wave lengths for sequences of a length. */
  default double base(double theta, int dimensions, int length) {
    return theta;
  }

  /** What becomes of an angle. */
  default double scaled(double frequency) {
    return frequency;
  }

  /** As first trained. */
  record None() implements RotaryScaling {}

  /**
   * All angles smaller.
   *
   * @param factor by how much
   */
  record Linear(double factor) implements RotaryScaling {
    @Override
    public double scaled(double frequency) {
      return frequency / factor;
    }
  }

  /**
   * A larger base for sequences longer than the model knows.
   *
   * @param factor by how much
   * @param known rows that the model knows
   */
  record Dynamic(double factor, int known) implements RotaryScaling {
    @Override
    public double base(double theta, int dimensions, int length) {
      double stretch = factor * Math.max(length, known) / known - (factor - 1);
      return length <= known ? theta : theta * Math.pow(stretch, dimensions / (dimensions - 2.0));
    }
  }

  /**
   * Long waves are stretched, short ones are not, those between in part.
   *
   * @param factor by how much
   * @param low waves that go less often into the length known are stretched
   * @param high waves that go more often are left
   * @param known rows of the first training
   */
  record Llama3(double factor, double low, double high, int known) implements RotaryScaling {
    @Override
    public double scaled(double frequency) {
      double times = known * frequency / (2 * Math.PI);
      double kept = Math.min(1, Math.max(0, (times - low) / (high - low)));
      return kept * frequency + (1 - kept) * frequency / factor;
    }
  }
}
