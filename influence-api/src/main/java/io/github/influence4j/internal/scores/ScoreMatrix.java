/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import java.util.Arrays;

/**
 * Scores as backends give them.
 *
 * @param values [query factors, columns], row-major
 * @param columns examples, or rows of examples
 */
record ScoreMatrix(double[] values, int columns) {
  double get(int factor, int column) {
    return values[factor * columns + column];
  }

  /** Consecutive columns of a row. */
  double[] slice(int factor, int first, int last) {
    return Arrays.copyOfRange(values, factor * columns + first, factor * columns + last);
  }

  ScoreMatrix copy() {
    return new ScoreMatrix(values.clone(), columns);
  }

  /** Adds other scores to these, in place. */
  void add(double[] more) {
    for (int i = 0; i < values.length; i++) {
      values[i] += more[i];
    }
  }
}
