/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.internal.range.OutOfRange;
import io.github.influence4j.internal.range.ScaledExamples;

/**
 * Brings the scores of a layer to the units of the data, and refuses those that leave the range.
 */
final class ScoreUnits {
  private static final String SCORE = "a score is";

  private ScoreUnits() {}

  /** A score times a power of two. */
  static double scale(String layer, double score, int exponent) {
    return OutOfRange.checkedScale(layer, SCORE, score, exponent);
  }

  /** Scores [queries, examples or rows], in place. */
  static double[] scale(
      String layer, double[] scores, ScaledQueries queries, ScaledExamples examples) {
    if (examples.exponents() == null && queries.unscaled()) {
      return scores;
    }
    int columns = scores.length / Math.max(1, queries.exponents().length);
    for (int i = 0; i < scores.length; i++) {
      int exponent = queries.exponents()[i / columns] + examples.exponent(i % columns);
      scores[i] = scale(layer, scores[i], exponent);
    }
    return scores;
  }

  /** Refuses what an overflow leaves. */
  static void requireFinite(String layer, double... scores) {
    for (double score : scores) {
      if (!Double.isFinite(score)) {
        throw OutOfRange.overflow(layer, SCORE, score);
      }
    }
  }
}
