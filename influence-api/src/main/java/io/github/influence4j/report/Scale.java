/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

/** The diverging colour scale: five levels either way, and none near zero. */
final class Scale {
  static final int LEVELS = 5;

  /** Parts below this share of the strongest stay without colour. */
  static final double THRESHOLD = 0.05;

  private Scale() {}

  /** A class of the style sheet, p1 to p5 and n1 to n5; empty for none. */
  static String level(double part, double strongest) {
    double share = Math.abs(part) / strongest;
    if (!(share >= THRESHOLD)) {
      return "";
    }
    return (part > 0 ? "p" : "n") + (int) Math.max(1, Math.ceil(LEVELS * share));
  }
}
