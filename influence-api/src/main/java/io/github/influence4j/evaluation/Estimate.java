/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.Arrays;
import java.util.List;

/**
 * A number with what resampling made of it. Estimates over the same truth are resampled alike, so
 * that two methods can be compared draw by draw. Immutable.
 */
public final class Estimate {
  private final double value;
  private final double[] draws;

  Estimate(double value, double[] draws) {
    this.value = value;
    this.draws = draws;
  }

  /**
   * The estimate itself.
   *
   * @return of all data
   */
  public double value() {
    return value;
  }

  /**
   * The bootstrap's percentile interval.
   *
   * @param confidence in (0, 1), such as 0.95
   * @return lower and upper end
   * @throws IllegalArgumentException if the confidence is out of range
   */
  public Interval interval(double confidence) {
    if (!(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException("confidence must be in (0, 1), got " + confidence);
    }
    double[] sorted = draws.clone();
    Arrays.sort(sorted);
    double tail = (1 - confidence) / 2 * (sorted.length - 1);
    return new Interval(quantile(sorted, tail), quantile(sorted, sorted.length - 1 - tail));
  }

  private static double quantile(double[] sorted, double place) {
    int below = (int) Math.floor(place);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  /**
   * How much better this is.
   *
   * @param other of the same truth
   * @return the difference, whose interval takes into account that both share their data
   * @throws IllegalArgumentException if the other was resampled differently
   */
  public Estimate minus(Estimate other) {
    Checks.sameLength("resampled values", draws.length, other.draws.length);
    double[] differences = new double[draws.length];
    Arrays.setAll(differences, i -> draws[i] - other.draws[i]);
    return new Estimate(value - other.value, differences);
  }

  /**
   * The mean of several, such as one method's over models of several seeds.
   *
   * @param estimates of the same truth
   * @return their mean, with what resampling makes of it
   * @throws IllegalArgumentException if there are none, or they were resampled differently
   */
  public static Estimate mean(List<Estimate> estimates) {
    if (estimates.isEmpty()) {
      throw new IllegalArgumentException("There is no mean of no estimates.");
    }
    double value = 0;
    double[] draws = new double[estimates.get(0).draws.length];
    for (Estimate estimate : estimates) {
      Checks.sameLength("resampled values", draws.length, estimate.draws.length);
      value += estimate.value / estimates.size();
      for (int i = 0; i < draws.length; i++) {
        draws[i] += estimate.draws[i] / estimates.size();
      }
    }
    return new Estimate(value, draws);
  }

  /**
   * A confidence interval.
   *
   * @param low its lower end
   * @param high its upper end
   */
  public record Interval(double low, double high) {
    /**
     * Whether a value lies in it.
     *
     * @param number any
     * @return true if it does
     */
    public boolean contains(double number) {
      return low <= number && number <= high;
    }
  }
}
