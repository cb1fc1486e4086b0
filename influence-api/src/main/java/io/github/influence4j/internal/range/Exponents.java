/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.range;

import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Rows;

/** Binary exponents of numbers. */
public final class Exponents {
  /** Of a zero; far enough from the ends of the integers to be added to others. */
  public static final int OF_ZERO = Integer.MIN_VALUE / 4;

  /** Brings the least subnormal numbers to normal ones. */
  private static final int UP = 200;

  private Exponents() {}

  /**
   * The exponent e of a number, 2^e ≤ |x| < 2^(e+1).
   *
   * @param value finite
   * @return e, or {@link #OF_ZERO}
   */
  public static int of(double value) {
    if (value == 0) {
      return OF_ZERO;
    }
    int exponent = Math.getExponent(value);
    return exponent >= Double.MIN_EXPONENT
        ? exponent
        : Math.getExponent(Math.scalb(value, UP)) - UP;
  }

  /**
   * The exponent of the largest of some numbers.
   *
   * @param values finite
   * @return e, or {@link #OF_ZERO}
   */
  public static int ofLargest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return of(largest);
  }

  /** Of each row's largest element, that of the homogeneous column included. */
  static int[] of(ComputeBackend backend, Rows rows) {
    double[] known = rows.magnitudes();
    double[] magnitudes = known == null ? backend.magnitudes(rows) : known;
    int[] exponents = new int[magnitudes.length];
    for (int r = 0; r < exponents.length; r++) {
      exponents[r] = of(magnitudes[r]);
      if (rows.homogeneous()) {
        exponents[r] = Math.max(exponents[r], 0);
      }
    }
    return exponents;
  }

  /**
   * {@code values * 2^exponent}, in place.
   *
   * @param values the values
   * @param exponent the power
   * @return the same array
   */
  public static double[] scale(double[] values, int exponent) {
    if (exponent != 0) {
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.scalb(values[i], exponent);
      }
    }
    return values;
  }
}
