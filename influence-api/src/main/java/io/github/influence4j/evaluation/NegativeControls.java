/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.Arrays;

/**
 * Scores that know nothing of a query, or nothing at all: what a method must beat. Two more need a
 * model: the scores of one that is not trained, and those for shuffled labels of the training
 * examples.
 */
public final class NegativeControls {
  private NegativeControls() {}

  /**
   * Each training example's norm of the gradient (the root of {@link
   * io.github.influence4j.Influence#selfInfluence} with {@code IDENTITY}), the same for all
   * queries.
   *
   * @param norms [examples]
   * @param queries how many
   * @return [queries, examples]
   */
  public static double[][] gradientNorm(double[] norms, int queries) {
    double[][] scores = new double[queries][];
    Arrays.setAll(scores, q -> norms.clone());
    return scores;
  }

  /**
   * A query's own scores, given to other examples: all of their distribution and none of their
   * meaning.
   *
   * @param seed of the shuffle
   * @param scores [queries, examples]
   * @return [queries, examples]
   */
  public static double[][] shuffled(long seed, double[]... scores) {
    double[][] out = new double[scores.length][];
    for (int q = 0; q < scores.length; q++) {
      double[] query = scores[q];
      out[q] =
          Arrays.stream(TrainingSubsets.permutation(query.length, seed, q))
              .mapToDouble(i -> query[i])
              .toArray();
    }
    return out;
  }
}
