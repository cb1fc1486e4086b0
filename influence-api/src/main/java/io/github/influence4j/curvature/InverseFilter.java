/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

/**
 * What stands in the place of a damped eigenvalue's reciprocal: {@code (G + λI)⁻¹} is {@code Q f(σ,
 * λ) Qᵀ} with {@code f = 1/(σ + λ)}, and other f weigh the directions of the eigenbasis otherwise.
 * A strategy over fitted factors ({@link FittedCurvature#withFilter}), on every backend at the cost
 * of one multiplication a weight.
 *
 * <pre>{@code
 * FittedCurvature source = curvature.withFilter(InverseFilter.unrolled(learningRate, steps));
 * InfluenceScores scores = influence.score(source, queries, train, ScoreOptions.topK(10));
 * }</pre>
 */
@FunctionalInterface
public interface InverseFilter {
  /** {@code 1/(σ + λ)}: the damped inverse, the default. */
  InverseFilter TIKHONOV = (sigma, lambda) -> 1 / (sigma + lambda);

  /** {@code 1/σ} where σ ≥ λ, else 0: the pseudo-inverse of the directions that matter. */
  InverseFilter TRUNCATED = (sigma, lambda) -> sigma >= lambda ? 1 / sigma : 0;

  /**
   * The weight of a direction.
   *
   * @param sigma its eigenvalue σ, 0 or more
   * @param lambda λ, positive, in the same units
   * @return finite and 0 or more
   */
  double weight(double sigma, double lambda);

  /**
   * {@code (σ + λ)^(−p)}: between the gradient dot product (0) and the inverse (1).
   *
   * @param exponent p, positive and finite
   * @return the filter
   */
  static InverseFilter power(double exponent) {
    require(exponent, "The exponent");
    return (sigma, lambda) -> Math.pow(sigma + lambda, -exponent);
  }

  /**
   * {@code (1 − e^{−ηKs})/s} with {@code s = σ + λ}: SOURCE (Bae et al. 2024, "Training Data
   * Attribution via Approximate Unrolled Differentiation") with one segment. What K steps of
   * gradient descent make of a change of the gradient, where the inverse is what infinitely many
   * make of it. λ is the weight decay: give an absolute damping, a very small one for none.
   *
   * @param learningRate η, the mean over the steps; divided by {@code 1 − momentum} where there is
   *     momentum
   * @param steps K, with η for the loss's mean over examples
   * @return the filter
   */
  static InverseFilter unrolled(double learningRate, double steps) {
    double time = time(learningRate, steps);
    return (sigma, lambda) -> -Math.expm1(-time * (sigma + lambda)) / (sigma + lambda);
  }

  /**
   * {@code e^{−ηKs}} with {@code s = σ + λ}: what K later steps of gradient descent leave of a
   * change of the weights. SOURCE with several segments multiplies by it.
   *
   * @param learningRate η, as in {@link #unrolled}
   * @param steps K
   * @return the filter
   */
  static InverseFilter decay(double learningRate, double steps) {
    double time = time(learningRate, steps);
    return (sigma, lambda) -> Math.exp(-time * (sigma + lambda));
  }

  private static double time(double learningRate, double steps) {
    require(learningRate, "The learning rate");
    require(steps, "The number of steps");
    return learningRate * steps;
  }

  private static void require(double value, String what) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(what + " must be positive and finite, got " + value + ".");
    }
  }
}
