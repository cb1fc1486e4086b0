/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import io.github.influence4j.statistics.LinearCorrelation;
import io.github.influence4j.statistics.RankCorrelation;

/**
 * What happens when groups of training examples are left out, beside what their scores foretell: a
 * group's removal should lower a query's measurement by the sum of its scores, if those are per
 * example ({@link io.github.influence4j.scoring.Normalization#PER_EXAMPLE}).
 *
 * @param pearson linear correlation of foretold and measured changes, over all queries and groups
 * @param spearman rank correlation over groups, averaged over queries
 * @param slope of measured over foretold changes (least squares through the origin): 1 where sizes
 *     are right, below 1 where scores overshoot
 */
public record LeaveSomeOut(double pearson, double spearman, double slope) {
  /**
   * Compares.
   *
   * @param kept what each retraining was left with
   * @param truth measured after these
   * @param whole measured after training on all examples; one subset
   * @param scores [queries, examples], divided by the number of examples
   * @return how well they agree
   * @throws IllegalArgumentException if the sizes do not fit, or a score is not finite
   */
  public static LeaveSomeOut of(
      TrainingSubsets kept,
      RetrainedMeasurements truth,
      RetrainedMeasurements whole,
      double[]... scores) {
    Checks.sameLength("subsets that were trained on", kept.count(), truth.subsets());
    Checks.sameLength("subset of all examples", 1, whole.subsets());
    Checks.sameLength("queries after training on all", truth.queries(), whole.queries());
    Checks.scores(scores, truth.queries(), kept.examples());
    int groups = kept.count();
    double[] foretold = new double[groups * truth.queries()];
    double[] measured = new double[foretold.length];
    double spearman = 0;
    for (int q = 0; q < truth.queries(); q++) {
      double[] expected = kept.sums(scores[q]);
      double[] found = truth.means(q);
      spearman += RankCorrelation.of(expected, found) / truth.queries();
      double all = TrainingSubsets.all(kept.examples()).sums(scores[q])[0];
      for (int g = 0; g < groups; g++) {
        foretold[q * groups + g] = expected[g] - all;
        measured[q * groups + g] = found[g] - whole.mean(0, q);
      }
    }
    return new LeaveSomeOut(
        LinearCorrelation.of(foretold, measured), spearman, slope(foretold, measured));
  }

  private static double slope(double[] x, double[] y) {
    double xy = 0;
    double xx = 0;
    for (int i = 0; i < x.length; i++) {
      xy += x[i] * y[i];
      xx += x[i] * x[i];
    }
    return xy / xx;
  }
}
