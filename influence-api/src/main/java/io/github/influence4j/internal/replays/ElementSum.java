/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.replays;

import io.github.influence4j.capture.CounterRandom;
import io.github.influence4j.capture.TensorView;
import java.util.Arrays;

/**
 * A weighted sum of a few elements of one side of a layer that belong to an example, or, where
 * those are all 0, of all elements: bags of words and one-hot inputs have few that are not.
 *
 * @param sum with irregular weights, so that elements in another order give another sum
 * @param size of the absolute values
 * @param largest of the absolute values of the elements
 */
record ElementSum(double sum, double size, double largest) {
  /** The fewest elements that are looked at first. */
  private static final int FEW = 8;

  /**
   * The most. Another label changes two elements of the gradient at the logits, so an eighth of all
   * elements is looked at up to here: of 500 classes in every fourth example one that changed.
   */
  private static final int MANY = 64;

  private static final double[] WEIGHTS = new double[MANY];

  /** Where, in its part of the example, an element lies. */
  private static final double[] PLACES = new double[MANY];

  static {
    Arrays.setAll(WEIGHTS, ElementSum::weight);
    Arrays.setAll(PLACES, k -> CounterRandom.uniform(2, k, 0));
  }

  private static double weight(long k) {
    return (k % 2 == 0 ? 1 : -1) * (0.5 + CounterRandom.uniform(1, k, 0));
  }

  static ElementSum of(TensorView tensor, ExampleElements elements, int example) {
    int columns = (int) tensor.size(tensor.rank() - 1);
    long total = (long) elements.rows(example) * columns;
    int samples = (int) Math.min(total, Math.max(FEW, Math.min(MANY, total / 8)));
    double sum = 0;
    double size = 0;
    double largest = 0;
    for (int k = 0; k < samples; k++) {
      long index = total <= FEW ? k : (long) ((k + PLACES[k]) * total / samples);
      int row = elements.row(example, (int) (index / columns));
      double value = tensor.get(row * columns + (int) (index % columns));
      sum += WEIGHTS[k] * value;
      size += Math.abs(WEIGHTS[k] * value);
      largest = Math.max(largest, Math.abs(value));
    }
    boolean sparse = size == 0 && total > samples;
    return sparse ? ofAll(tensor, elements, example, columns) : new ElementSum(sum, size, largest);
  }

  private static ElementSum ofAll(
      TensorView tensor, ExampleElements elements, int example, int columns) {
    double sum = 0;
    double size = 0;
    double largest = 0;
    for (int r = 0; r < elements.rows(example); r++) {
      int start = elements.row(example, r) * columns;
      for (int c = 0; c < columns; c++) {
        double value = tensor.get(start + c);
        if (value != 0) {
          double weighted = weight((long) r * columns + c) * value;
          sum += weighted;
          size += Math.abs(weighted);
          largest = Math.max(largest, Math.abs(value));
        }
      }
    }
    return new ElementSum(sum, size, largest);
  }

  /** Whether no element was NaN or infinite. */
  boolean finite() {
    return Double.isFinite(size);
  }
}
