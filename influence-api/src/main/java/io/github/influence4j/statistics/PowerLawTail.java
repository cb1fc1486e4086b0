/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.statistics;

import io.github.influence4j.capture.CounterRandom;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A power law fitted to the tail of positive scores: density {@code p(x) = (α−1)/x_min ·
 * (x/x_min)^−α} for {@code x ≥ x_min}. The maximum likelihood exponent, the x_min of the smallest
 * Kolmogorov-Smirnov distance and the semi-parametric bootstrap of Clauset, Shalizi and Newman
 * 2009, "Power-law distributions in empirical data", sections 3.1, 3.3 and 4.1.
 *
 * <p>Two things differ. A tail has at least a tenth of the positive scores: the last few per cent
 * of an exponential distribution pass for a power law too. And x_min is looked for at 30 scores at
 * most, so chosen that the tails grow by a constant factor, which is fast. The bootstrap does both.
 *
 * @param exponent α, above 1; below 2 the mean of the law is infinite, below 3 its variance
 * @param standardError of the exponent: (α − 1)/√count
 * @param minimum x_min, where the tail begins
 * @param count how many scores are at or above x_min, at least {@value #SHORTEST}
 * @param distance between the tail and the law (Kolmogorov-Smirnov), in [0, 1]
 * @param pValue the share of data sets drawn from this very law that lie at least as far from their
 *     own fit; a law with p below 0.1 is implausible, one with a larger p is possible, not proven
 */
public record PowerLawTail(
    double exponent,
    double standardError,
    double minimum,
    int count,
    double distance,
    double pValue) {
  /** The fewest scores a tail may have; where there are many, a tenth of the positive ones. */
  public static final int SHORTEST = 50;

  private static final int CANDIDATES = 30;

  /**
   * Fits the tail.
   *
   * @param scores any finite ones; only the positive are used
   * @param bootstraps how many data sets the p-value comes from, 1 or more; its standard error is
   *     at most 0.5/√bootstraps
   * @param seed of the bootstrap; the same seed gives the same p-value
   * @return the fit; empty where fewer than {@value #SHORTEST} scores are positive or all the
   *     largest are equal
   * @throws IllegalArgumentException if a score is not finite, or without a bootstrap
   */
  public static Optional<PowerLawTail> fit(double[] scores, int bootstraps, long seed) {
    if (bootstraps < 1) {
      throw new IllegalArgumentException("bootstraps must be 1 or more, got " + bootstraps);
    }
    double[] sorted = sortedPositive(scores);
    double[] logs = Arrays.stream(sorted).map(Math::log).toArray();
    Tail tail = closest(logs);
    if (tail == null) {
      return Optional.empty();
    }
    int farther = 0;
    for (int b = 0; b < bootstraps; b++) {
      Tail drawn = closest(draw(logs, tail, seed, b));
      if (drawn != null && drawn.distance() >= tail.distance()) {
        farther++;
      }
    }
    int count = logs.length - tail.first();
    return Optional.of(
        new PowerLawTail(
            1 + tail.decay(),
            tail.decay() / Math.sqrt(count),
            sorted[tail.first()],
            count,
            tail.distance(),
            (double) farther / bootstraps));
  }

  private static double[] sortedPositive(double[] scores) {
    for (double score : scores) {
      if (!Double.isFinite(score)) {
        throw new IllegalArgumentException("Scores must be finite, got " + score);
      }
    }
    return Arrays.stream(scores).filter(score -> score > 0).sorted().toArray();
  }

  /**
   * The tail that lies closest to its own law.
   *
   * @param first index of its first value
   * @param decay α − 1
   * @param distance from the law
   */
  private record Tail(int first, double decay, double distance) {}

  private static @Nullable Tail closest(double[] logs) {
    int shortest = Math.max(SHORTEST, (logs.length + 9) / 10);
    double growth = Math.pow((double) logs.length / shortest, 1.0 / (CANDIDATES - 1));
    Tail best = null;
    int last = logs.length;
    for (int c = 0; c < CANDIDATES && logs.length >= shortest; c++) {
      int length = (int) Math.min(logs.length, Math.round(shortest * Math.pow(growth, c)));
      int first = firstOfEqual(logs, logs.length - length);
      if (first < last && logs[first] < logs[logs.length - 1]) {
        Tail tail = tail(logs, first);
        best = best == null || tail.distance() < best.distance() ? tail : best;
      }
      last = first;
    }
    return best;
  }

  private static int firstOfEqual(double[] logs, int index) {
    int first = index;
    while (first > 0 && logs[first - 1] == logs[index]) {
      first--;
    }
    return first;
  }

  private static Tail tail(double[] logs, int first) {
    int count = logs.length - first;
    double sum = 0;
    for (int i = first; i < logs.length; i++) {
      sum += logs[i] - logs[first];
    }
    double decay = count / sum;
    double distance = 0;
    for (int i = 0; i < count; i++) {
      double law = -Math.expm1(-decay * (logs[first + i] - logs[first]));
      double below = law - (double) i / count;
      distance = Math.max(distance, Math.max(below, 1.0 / count - below));
    }
    return new Tail(first, decay, distance);
  }

  /** As many values: below the tail as they were, in the tail from the law. */
  private static double[] draw(double[] logs, Tail tail, long seed, int bootstrap) {
    int count = logs.length - tail.first();
    double[] drawn = new double[logs.length];
    for (int i = 0; i < drawn.length; i++) {
      double place = logs.length * CounterRandom.uniform(seed, bootstrap, 2L * i);
      double u = CounterRandom.uniform(seed, bootstrap, 2L * i + 1);
      drawn[i] =
          place < count
              ? logs[tail.first()] - Math.log(u) / tail.decay()
              : logs[(int) (u * tail.first())];
    }
    Arrays.sort(drawn);
    return drawn;
  }
}
