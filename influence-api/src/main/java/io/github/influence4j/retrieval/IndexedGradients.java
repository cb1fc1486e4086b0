/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import io.github.influence4j.capture.GradientSource;
import java.util.function.Function;

/**
 * Training data whose examples can be had by number, so that the others cost no forward and
 * backward pass.
 */
public interface IndexedGradients {
  /**
   * Number of training examples.
   *
   * @return N; examples are numbered from 0 to N - 1
   */
  long examples();

  /**
   * The gradients of the losses of some examples, with the data's labels.
   *
   * @param numbers which ones, each once, ascending
   * @return a source of exactly these examples, in this order
   */
  GradientSource examples(long... numbers);

  /**
   * Training data from a function.
   *
   * @param examples N
   * @param byNumber gives a source of exactly the examples it is asked for, in that order
   * @return the training data
   */
  static IndexedGradients of(long examples, Function<long[], GradientSource> byNumber) {
    return new IndexedGradients() {
      @Override
      public long examples() {
        return examples;
      }

      @Override
      public GradientSource examples(long... numbers) {
        return byNumber.apply(numbers);
      }
    };
  }
}
