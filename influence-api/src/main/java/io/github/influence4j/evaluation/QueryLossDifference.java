/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Does a query's loss rise when its strongest proponents are not trained on? Each query has a
 * training without the top of its scores, beside trainings without as many examples drawn at
 * random; the score is how much higher the query's loss is, averaged over queries.
 *
 * <pre>{@code
 * TrainingSubsets top = QueryLossDifference.withoutTop(0.01, scores);
 * TrainingSubsets random = QueryLossDifference.withoutRandom(n, 0.01, 5, seed);
 * Estimate rise = QueryLossDifference.of(study.run(top, trainer), other.run(random, trainer));
 * }</pre>
 */
public final class QueryLossDifference {
  private static final int QUERIES = 2;
  private static final int REMOVALS = 3;

  private QueryLossDifference() {}

  /**
   * What to train on: for each query all examples but those of its largest scores.
   *
   * @param fraction of all examples to leave out, rounded up; 0.01 for the top 1 %
   * @param scores [queries, examples]
   * @return one subset a query
   * @throws IllegalArgumentException if the fraction is not in (0, 1) or a score is not finite
   */
  public static TrainingSubsets withoutTop(double fraction, double[]... scores) {
    List<int[]> removed = new ArrayList<>();
    for (double[] query : scores) {
      Checks.finite("Scores", query);
      removed.add(
          IntStream.range(0, query.length)
              .boxed()
              .sorted((a, b) -> Double.compare(query[b], query[a]))
              .limit(removed(query.length, fraction))
              .mapToInt(Integer::intValue)
              .toArray());
    }
    return TrainingSubsets.without(scores[0].length, removed);
  }

  /**
   * What to train on for comparison: all examples but as many at random.
   *
   * @param examples N
   * @param fraction as for {@link #withoutTop}
   * @param count of subsets
   * @param seed of the draw
   * @return the subsets
   */
  public static TrainingSubsets withoutRandom(int examples, double fraction, int count, long seed) {
    int out = removed(examples, fraction);
    return TrainingSubsets.without(
        examples,
        IntStream.range(0, count)
            .mapToObj(s -> Arrays.copyOf(TrainingSubsets.permutation(examples, seed, s), out))
            .toList());
  }

  private static int removed(int examples, double fraction) {
    int count = (int) Math.ceil(fraction * examples);
    if (!(fraction > 0 && fraction < 1) || count >= examples) {
      throw new IllegalArgumentException(
          "The fraction to leave out must be in (0, 1) and leave examples, got "
              + fraction
              + " of "
              + examples
              + ".");
    }
    return count;
  }

  /**
   * How much the loss rises.
   *
   * @param withoutTop measured (minus the loss) after training on {@link #withoutTop}: one subset a
   *     query
   * @param withoutRandom after training on {@link #withoutRandom}
   * @return the mean over queries in the loss's unit, resampled over queries and random removals;
   *     positive where the strongest proponents mattered more than others
   * @throws IllegalArgumentException if the sizes do not fit
   */
  public static Estimate of(RetrainedMeasurements withoutTop, RetrainedMeasurements withoutRandom) {
    int[] tokens = new int[withoutTop.queries()];
    Arrays.fill(tokens, 1);
    return perToken(withoutTop, withoutRandom, tokens);
  }

  /**
   * How much the loss rises for each token, as language models are compared.
   *
   * @param withoutTop as for {@link #of}
   * @param withoutRandom as for {@link #of}
   * @param tokens with a loss, in each query
   * @return the mean over queries of the rise divided by the query's tokens
   * @throws IllegalArgumentException if the sizes do not fit, or a query has no token
   */
  public static Estimate perToken(
      RetrainedMeasurements withoutTop, RetrainedMeasurements withoutRandom, int... tokens) {
    int queries = withoutTop.queries();
    Checks.sameLength("subsets without the top, one a query", queries, withoutTop.subsets());
    Checks.sameLength("queries after random removal", queries, withoutRandom.queries());
    Checks.sameLength("numbers of tokens", queries, tokens.length);
    if (Arrays.stream(tokens).anyMatch(count -> count < 1)) {
      throw new IllegalArgumentException(
          "Each query needs a token with a loss, got " + Arrays.toString(tokens) + ".");
    }
    double[][] rises = new double[queries][withoutRandom.subsets()];
    for (int q = 0; q < queries; q++) {
      for (int s = 0; s < rises[q].length; s++) {
        rises[q][s] = (withoutRandom.mean(s, q) - withoutTop.mean(q, q)) / tokens[q];
      }
    }
    double[] draws =
        IntStream.range(0, Bootstrap.DRAWS)
            .mapToDouble(
                draw ->
                    mean(
                        rises,
                        Bootstrap.counts(queries, draw, QUERIES),
                        Bootstrap.counts(withoutRandom.subsets(), draw, REMOVALS)))
            .toArray();
    return new Estimate(
        Checks.mean(Arrays.stream(rises).mapToDouble(Checks::mean).toArray()), draws);
  }

  private static double mean(double[][] rises, int[] queries, int[] removals) {
    double sum = 0;
    for (int q = 0; q < rises.length; q++) {
      for (int s = 0; s < removals.length; s++) {
        sum += (double) queries[q] * removals[s] * rises[q][s];
      }
    }
    return sum / ((double) rises.length * removals.length);
  }
}
