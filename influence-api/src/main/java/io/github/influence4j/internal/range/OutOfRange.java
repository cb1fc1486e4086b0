/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.range;

/** Says that a number is too large or too small for a double, and what to do. */
public final class OutOfRange {
  private OutOfRange() {}

  /**
   * Of a number that is infinite or not a number.
   *
   * @param layer the layer's name
   * @param what what the number is, with "is"
   * @param value the number
   * @return the error to throw
   */
  public static ArithmeticException overflow(String layer, String what, double value) {
    return new ArithmeticException(
        "Layer \""
            + layer
            + "\": "
            + what
            + " "
            + value
            + "; the data overflow, scale the loss down.");
  }

  /**
   * Of a number that is not 0 but too small for a double to hold in full.
   *
   * @param layer the layer's name
   * @param what what the number is, with "is"
   * @return the error to throw
   */
  public static ArithmeticException underflow(String layer, String what) {
    return new ArithmeticException(
        "Layer \""
            + layer
            + "\": "
            + what
            + " not 0 but below "
            + Double.MIN_NORMAL
            + "; the data underflow, scale the loss up.");
  }

  /**
   * {@code value * 2^exponent}, which must be finite and, if it is not 0, hold all its digits.
   *
   * @param layer the layer's name, for the error
   * @param what what the number is, with "is"
   * @param value a number
   * @param exponent the power
   * @return the product
   */
  public static double checkedScale(String layer, String what, double value, int exponent) {
    double scaled = exponent == 0 ? value : Math.scalb(value, exponent);
    if (!Double.isFinite(scaled)) {
      throw overflow(layer, what, scaled);
    }
    if (value != 0 && Math.abs(scaled) < Double.MIN_NORMAL) {
      throw underflow(layer, what);
    }
    return scaled;
  }
}
