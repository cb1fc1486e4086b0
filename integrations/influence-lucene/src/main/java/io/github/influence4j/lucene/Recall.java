/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.lucene;

import io.github.influence4j.scoring.Hit;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Whether a prefilter lets pass what a scan of all examples would find. */
public final class Recall {
  private Recall() {}

  /**
   * The share of a query's k strongest proponents that are among the candidates.
   *
   * @param k how many proponents must not be lost, at least 1
   * @param fullScores the scores of all training examples for the query, such as {@link
   *     io.github.influence4j.scoring.InfluenceScores#scores}; a sample of the training set will do
   *     where the candidates are of the same sample
   * @param candidates what {@link Prefilter#candidates} let pass
   * @return 0 to 1; equal scores are taken by number, and where there are fewer than k examples all
   *     count
   */
  public static double recallAt(int k, double[] fullScores, List<Hit> candidates) {
    if (k < 1 || fullScores.length == 0) {
      throw new IllegalArgumentException(
          "Recall needs k of 1 or more and at least one score, got k = "
              + k
              + " and "
              + fullScores.length
              + " scores.");
    }
    Set<Long> passed = candidates.stream().map(Hit::example).collect(Collectors.toSet());
    int wanted = Math.min(k, fullScores.length);
    long found =
        IntStream.range(0, fullScores.length)
            .boxed()
            .sorted(Comparator.comparingDouble(e -> -fullScores[e]))
            .limit(wanted)
            .filter(e -> passed.contains((long) e))
            .count();
    return (double) found / wanted;
  }
}
