/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * The linear datamodelling score (Park et al. 2023, "TRAK"): do sums of scores tell which training
 * subsets make a query likely? Spearman's correlation, over random subsets S, of {@code Σ_{i∈S}
 * score(i, query)} with the query's mean measurement after training on S; averaged over queries.
 *
 * <pre>{@code
 * TrainingSubsets halves = TrainingSubsets.random(n, 0.5, 40, seed);
 * RetrainedMeasurements truth = RetrainingStudy.of("my model", queries).repeats(5).run(halves, trainer);
 * Estimate score = LinearDatamodelingScore.of(halves, truth, scores);
 * }</pre>
 */
public final class LinearDatamodelingScore {
  private static final int QUERIES = 0;
  private static final int SUBSETS = 1;

  private LinearDatamodelingScore() {}

  /**
   * The score of a method.
   *
   * @param subsets drawn at random
   * @param truth what was measured after training on them
   * @param scores [queries, examples]; positive for examples that raise the measurement
   * @return the mean over queries, from -1 to 1, resampled over queries and subsets
   * @throws IllegalArgumentException if the sizes do not fit, a score is not finite, or there are
   *     fewer than three subsets
   */
  public static Estimate of(
      TrainingSubsets subsets, RetrainedMeasurements truth, double[]... scores) {
    List<WeightedRanks> ranks = ranks(subsets, truth, scores);
    double[] draws =
        IntStream.range(0, Bootstrap.DRAWS)
            .parallel()
            .mapToDouble(draw -> resampled(ranks, subsets.count(), draw))
            .toArray();
    return new Estimate(
        ranks.stream().mapToDouble(WeightedRanks::correlation).average().orElseThrow(), draws);
  }

  /**
   * The correlation of each query.
   *
   * @param subsets drawn at random
   * @param truth what was measured after training on them
   * @param scores [queries, examples]
   * @return [queries], from -1 to 1; 0 where all subsets have the same sum
   * @throws IllegalArgumentException as {@link #of}
   */
  public static double[] perQuery(
      TrainingSubsets subsets, RetrainedMeasurements truth, double[]... scores) {
    return ranks(subsets, truth, scores).stream().mapToDouble(WeightedRanks::correlation).toArray();
  }

  /**
   * What a perfect method would get, with this many retrainings: the correlation of the measurement
   * without noise of training with the mean over the repeats. It is estimated from halves of the
   * repeats: with signal 1 and noise x of one retraining, means over a and b repeats correlate by
   * {@code 1/√((1+x/a)(1+x/b))}, and the ceiling of R is {@code 1/√(1+x/R)} (Spearman and Brown).
   *
   * @param truth what was measured
   * @return from 0 to 1; empty with one repeat, or where the halves do not agree at all
   */
  public static OptionalDouble ceiling(RetrainedMeasurements truth) {
    return NoiseCeiling.of(truth);
  }

  private static List<WeightedRanks> ranks(
      TrainingSubsets subsets, RetrainedMeasurements truth, double[][] scores) {
    Checks.sameLength("subsets that were trained on", subsets.count(), truth.subsets());
    Checks.scores(scores, truth.queries(), subsets.examples());
    if (subsets.count() < 3) {
      throw new IllegalArgumentException(
          "Ranks of " + subsets.count() + " subsets say nothing; train on three or more.");
    }
    List<WeightedRanks> ranks = new ArrayList<>();
    for (int q = 0; q < scores.length; q++) {
      ranks.add(new WeightedRanks(subsets.sums(scores[q]), truth.means(q)));
    }
    return ranks;
  }

  private static double resampled(List<WeightedRanks> ranks, int subsets, int draw) {
    int[] ofQueries = Bootstrap.counts(ranks.size(), draw, QUERIES);
    int[] ofSubsets = Bootstrap.counts(subsets, draw, SUBSETS);
    double sum = 0;
    for (int q = 0; q < ofQueries.length; q++) {
      if (ofQueries[q] > 0) {
        sum += ofQueries[q] * ranks.get(q).correlation(ofSubsets);
      }
    }
    return sum / ranks.size();
  }
}
