/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import io.github.influence4j.spi.ExampleRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Both sides of one layer for some examples whose numbers are known.
 *
 * @param activations layer inputs
 * @param gradients output gradients
 * @param offsets first row of each example, then the number of rows
 */
public record TestExamples(TestRows activations, TestRows gradients, int[] offsets) {

  /** Random lengths from 1 to {@code longest}, both of which occur if there is room. */
  public static int[] lengths(Random random, int examples, int longest) {
    int[] offsets = new int[examples + 1];
    for (int e = 0; e < examples; e++) {
      int length = e == 0 ? longest : e == 1 ? 1 : 1 + random.nextInt(longest);
      offsets[e + 1] = offsets[e] + length;
    }
    return offsets;
  }

  /** Number of examples. */
  public int count() {
    return offsets.length - 1;
  }

  /** Number of rows. */
  public int rowCount() {
    return offsets[count()];
  }

  /** P. */
  public int outputs() {
    return gradients.dimension();
  }

  /** M. */
  public int inputs() {
    return activations.dimension();
  }

  /** As a backend takes them, in fresh memory. */
  public ExampleRows rows() {
    return new ExampleRows(activations.rows(), gradients.rows(), offsets.clone());
  }

  /** The same numbers in the simplest storage. */
  public TestExamples plain() {
    return as(TestRows.Form.PLAIN, TestRows.Form.PLAIN);
  }

  /** The same numbers, stored otherwise. */
  public TestExamples as(TestRows.Form forActivations, TestRows.Form forGradients) {
    return new TestExamples(activations.as(forActivations), gradients.as(forGradients), offsets);
  }

  /** Some examples, in the order given. */
  public TestExamples select(int... examples) {
    int[] lengths = new int[examples.length + 1];
    List<Integer> rows = new ArrayList<>();
    for (int i = 0; i < examples.length; i++) {
      for (int r = offsets[examples[i]]; r < offsets[examples[i] + 1]; r++) {
        rows.add(r);
      }
      lengths[i + 1] = rows.size();
    }
    int[] numbers = rows.stream().mapToInt(Integer::intValue).toArray();
    return new TestExamples(activations.select(numbers), gradients.select(numbers), lengths);
  }

  /** At most {@code size} examples from the start. */
  public TestExamples first(int size) {
    return select(IntStream.range(0, Math.min(count(), size)).toArray());
  }

  /** Consecutive batches of at most {@code size} examples. */
  public List<TestExamples> batches(int size) {
    List<TestExamples> out = new ArrayList<>();
    for (int first = 0; first < count(); first += size) {
      out.add(select(IntStream.range(first, Math.min(count(), first + size)).toArray()));
    }
    return out;
  }

  /** {@code Σ_t gradients_t activations_tᵀ} of one example, in float64. */
  public Matrix gradient(int example) {
    Matrix sum = Matrix.zeros(outputs(), inputs());
    for (int r = offsets[example]; r < offsets[example + 1]; r++) {
      sum = sum.plus(rowGradient(r));
    }
    return sum;
  }

  /** {@code gradients_t activations_tᵀ} of one row, in float64. */
  public Matrix rowGradient(int row) {
    return Matrix.column(gradients.row(row))
        .times(Matrix.column(activations.row(row)).transposed());
  }

  /** {@code Σ_t ‖gradients_t‖·‖activations_t‖}: what rounding errors of g are relative to. */
  public double scale(int example) {
    double sum = 0;
    for (int r = offsets[example]; r < offsets[example + 1]; r++) {
      sum += gradients.norm(r) * activations.norm(r);
    }
    return sum;
  }
}
