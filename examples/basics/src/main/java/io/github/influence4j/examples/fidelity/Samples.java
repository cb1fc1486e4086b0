/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

/**
 * Rows of numbers, each with what the model should say.
 *
 * @param inputs [rows, columns]
 * @param targets a class or a number each
 */
record Samples(double[] inputs, double[] targets) {
  int size() {
    return targets.length;
  }

  int columns() {
    return inputs.length / targets.length;
  }

  /** Some rows in the given order. */
  Samples select(int[] rows) {
    Samples chosen = new Samples(new double[rows.length * columns()], new double[rows.length]);
    copy(rows, 0, chosen);
    return chosen;
  }

  /** Fills other samples with rows, from one place of a list of rows on. */
  void copy(int[] rows, int first, Samples into) {
    int columns = columns();
    for (int i = 0; i < into.size(); i++) {
      int row = rows[first + i];
      System.arraycopy(inputs, row * columns, into.inputs, i * columns, columns);
      into.targets[i] = targets[row];
    }
  }
}
