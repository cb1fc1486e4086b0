/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.evaluation.Estimate;
import java.util.Arrays;
import java.util.Locale;

/** How numbers are written. */
final class Numbers {
  private static final double CONFIDENCE = 0.95;

  private Numbers() {}

  static Estimate.Interval interval(Estimate estimate) {
    return estimate.interval(CONFIDENCE);
  }

  /** Value and interval. */
  static String text(Estimate estimate) {
    Estimate.Interval interval = interval(estimate);
    return format("%.3f (%.3f to %.3f)", estimate.value(), interval.low(), interval.high());
  }

  static String format(String form, Object... values) {
    return String.format(Locale.ROOT, form, values);
  }

  /** All rows one behind the other. */
  static double[] flat(double[]... rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  static double[][] dividedBy(double divisor, double[]... rows) {
    return Arrays.stream(rows)
        .map(row -> Arrays.stream(row).map(value -> value / divisor).toArray())
        .toArray(double[][]::new);
  }
}
