/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.Arrays;

/** What the queries measure after each retraining. Immutable. */
public final class RetrainedMeasurements {
  private final double[][][] values;

  /**
   * From retrainings done elsewhere; {@link RetrainingStudy} does them here.
   *
   * @param values [subsets, repeats, queries], finite
   * @throws IllegalArgumentException if there is nothing, lengths differ, or a number is not finite
   */
  public RetrainedMeasurements(double[][]... values) {
    this.values = new double[values.length][][];
    for (int s = 0; s < values.length; s++) {
      this.values[s] = Arrays.stream(values[s]).map(double[]::clone).toArray(double[][]::new);
    }
    if (values.length == 0 || values[0].length == 0 || values[0][0].length == 0) {
      throw new IllegalArgumentException("A subset, a repeat and a query are needed at least.");
    }
    for (double[][] subset : this.values) {
      Checks.sameLength("repeats of each subset", values[0].length, subset.length);
      for (double[] measured : subset) {
        Checks.sameLength("queries of each retraining", values[0][0].length, measured.length);
        Checks.finite("Measurements", measured);
      }
    }
  }

  /**
   * Number of subsets.
   *
   * @return M
   */
  public int subsets() {
    return values.length;
  }

  /**
   * How often each subset was trained on.
   *
   * @return R
   */
  public int repeats() {
    return values[0].length;
  }

  /**
   * Number of queries.
   *
   * @return Q
   */
  public int queries() {
    return values[0][0].length;
  }

  /**
   * The mean over all repeats.
   *
   * @param subset below {@link #subsets}
   * @param query below {@link #queries}
   * @return in the measurement's own unit
   */
  public double mean(int subset, int query) {
    return Arrays.stream(values[subset])
        .mapToDouble(measured -> measured[query])
        .average()
        .orElse(0);
  }

  /** The mean of each subset. */
  double[] means(int query) {
    double[] means = new double[subsets()];
    Arrays.setAll(means, s -> mean(s, query));
    return means;
  }

  /** The mean of each subset over some of the repeats. */
  double[] means(int query, int[] repeats) {
    double[] means = new double[subsets()];
    Arrays.setAll(
        means,
        s -> Arrays.stream(repeats).mapToDouble(r -> values[s][r][query]).average().orElse(0));
    return means;
  }
}
