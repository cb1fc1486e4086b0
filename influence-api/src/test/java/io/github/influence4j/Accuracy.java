/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;

/** Compares by max|a−b| / max|b| and remembers the largest error of each kind. */
final class Accuracy {
  private final Map<String, Double> worst = new TreeMap<>();

  void check(String kind, double[] actual, double[] expected, double tolerance) {
    double error = error(actual, expected);
    worst.merge(kind, error, Math::max);
    assertThat(error).as(kind).isLessThanOrEqualTo(tolerance);
  }

  static double error(double[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double difference = 0;
    double scale = 0;
    for (int i = 0; i < expected.length; i++) {
      // Not Math.max alone: a NaN must not pass.
      double one = Math.abs(actual[i] - expected[i]);
      difference = Double.isNaN(one) ? Double.POSITIVE_INFINITY : Math.max(difference, one);
      scale = Math.max(scale, Math.abs(expected[i]));
    }
    return difference == 0 ? 0 : difference / scale;
  }

  /** Largest error of each kind, one a line. */
  String report() {
    StringBuilder text = new StringBuilder();
    worst.forEach((kind, error) -> text.append(String.format("  %-40s %.1e%n", kind, error)));
    return text.toString();
  }
}
