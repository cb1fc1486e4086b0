/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

/**
 * Trains a model from the start, on some of the training examples, and asks it the queries. Called
 * by several threads at a time, each call with a model of its own.
 */
@FunctionalInterface
public interface Retraining {
  /**
   * Trains and measures.
   *
   * @param subset numbers of the training examples to use, ascending; the call may keep it
   * @param seed of everything that is random: first weights, order of the examples
   * @return for each query what scores are about, finite; a larger value where positive scores say
   *     so, such as the log-likelihood, or minus the loss
   */
  double[] measure(int[] subset, long seed);
}
