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
  /** Elements that are looked at first, at least. */
  private static final int FEW = 8;

  /**
   * The most of output gradients. Another label changes two elements of the gradient at the logits,
   * so an eighth of them is looked at up to here: of 500 classes every fourth label that changed.
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

  /** Of all examples of a batch. */
  static ElementSum[] of(
      TensorView tensor, ExampleElements elements, int examples, boolean gradients) {
    ElementSum[] sums = new ElementSum[examples];
    long[] places = {};
    long known = -1;
    for (int e = 0; e < examples; e++) {
      long total = elements.count(e);
      if (total != known) {
        places = places(total, gradients);
        known = total;
      }
      ElementSum sum = of(tensor, elements, e, places);
      boolean sparse = sum.size == 0 && total > places.length;
      sums[e] = sparse ? ofAll(tensor, elements, e) : sum;
    }
    return sums;
  }

  /** Which of an example's elements are looked at. */
  private static long[] places(long total, boolean gradients) {
    long wanted = gradients ? Math.max(FEW, Math.min(MANY, total / 8)) : FEW;
    int samples = (int) Math.min(total, wanted);
    long[] places = new long[samples];
    Arrays.setAll(places, k -> total <= FEW ? k : (long) ((k + PLACES[k]) * total / samples));
    return places;
  }

  private static ElementSum of(
      TensorView tensor, ExampleElements elements, int example, long[] places) {
    double sum = 0;
    double size = 0;
    double largest = 0;
    for (int k = 0; k < places.length; k++) {
      double value = tensor.get(elements.index(example, places[k]));
      sum += WEIGHTS[k] * value;
      size += Math.abs(WEIGHTS[k] * value);
      largest = Math.max(largest, Math.abs(value));
    }
    return new ElementSum(sum, size, largest);
  }

  private static ElementSum ofAll(TensorView tensor, ExampleElements elements, int example) {
    double sum = 0;
    double size = 0;
    double largest = 0;
    long count = elements.count(example);
    for (long i = 0; i < count; i++) {
      double value = tensor.get(elements.index(example, i));
      if (value != 0) {
        double weighted = weight(i) * value;
        sum += weighted;
        size += Math.abs(weighted);
        largest = Math.max(largest, Math.abs(value));
      }
    }
    return new ElementSum(sum, size, largest);
  }

  /** Whether no element was NaN or infinite. */
  boolean finite() {
    return Double.isFinite(size);
  }
}
