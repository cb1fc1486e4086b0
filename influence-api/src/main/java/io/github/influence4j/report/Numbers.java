/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers to read: four digits, a real minus sign, the same in every locale. */
final class Numbers {
  private static final MathContext DIGITS = new MathContext(4);
  private static final char MINUS = '\u2212';

  private Numbers() {}

  /** With its sign; 0 has none. */
  static String signed(double value) {
    return value > 0 ? "+" + plain(value) : plain(value);
  }

  static String plain(double value) {
    if (value == 0) {
      return "0";
    }
    BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
    int exponent = rounded.precision() - rounded.scale() - 1;
    String text =
        exponent >= -4 && exponent < 7
            ? rounded.toPlainString()
            : rounded.movePointLeft(exponent).toPlainString() + "e" + exponent;
    return text.replace('-', MINUS);
  }

  /** A count with its thousands apart. */
  static String grouped(int count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  static String percent(double share) {
    return plain(new BigDecimal(100 * share).round(new MathContext(3)).doubleValue()) + "\u2009%";
  }
}
