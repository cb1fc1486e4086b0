/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.Arrays;

/** Refuses what cannot be compared. */
final class Checks {
  private Checks() {}

  static void sameLength(String what, int expected, int got) {
    if (expected != got) {
      throw new IllegalArgumentException(
          "Expected " + expected + " " + what + ", got " + got + ".");
    }
  }

  static void finite(String what, double[] values) {
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(what + " must be finite, got " + value + ".");
      }
    }
  }

  /** [queries, examples], finite. */
  static void scores(double[][] scores, int queries, int examples) {
    sameLength("queries with scores", queries, scores.length);
    for (double[] query : scores) {
      sameLength("scores of each query", examples, query.length);
      finite("Scores", query);
    }
  }

  static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }
}
