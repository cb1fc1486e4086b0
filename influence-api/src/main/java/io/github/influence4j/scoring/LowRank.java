/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

/**
 * Truncates preconditioned queries to a rank, layer by layer, in the eigenbasis (Grosse et al.
 * 2023, section 3.2.2). Layers with min(P, M) of that rank or less stay exact. The error of a score
 * is at most ‖V−V_r‖_F ‖g‖_F; {@link InfluenceScores#residual} reports the relative residual.
 *
 * <p>With {@link #withMaxResidual} the rank is adaptive: a layer in which the relative residual of
 * any query, under any damping, exceeds the limit gets twice the rank until none does. A layer
 * whose factors would be no smaller than the gradient becomes exact instead. This replays the
 * queries once for every rank tried, and once more to score; {@link InfluenceScores#explain} tells
 * the ranks found.
 *
 * @param rank r, at least 1; where the rank is adaptive, the lowest one
 * @param method randomised or full
 * @param seed of the randomised method; the same seed gives the same bits
 * @param maxResidual the relative residual ‖V−V_r‖_F / ‖V‖_F allowed, above 0 and at most 1; 1
 *     allows any and so keeps the rank
 */
public record LowRank(int rank, Method method, long seed, double maxResidual) {
  /** How the decomposition is computed. */
  public enum Method {
    /** Randomised range finder with oversampling and two power iterations (Halko et al. 2011). */
    RANDOMIZED,
    /** Full singular value decomposition: the best approximation, and slow. */
    FULL
  }

  /** Checks rank and residual. */
  public LowRank {
    if (rank < 1) {
      throw new IllegalArgumentException("rank must be at least 1, got " + rank);
    }
    if (!(maxResidual > 0 && maxResidual <= 1)) {
      throw new IllegalArgumentException(
          "maxResidual must be above 0 and at most 1, got "
              + maxResidual
              + "; for exact scores leave the queries untruncated.");
    }
  }

  /**
   * The randomised method with seed 0.
   *
   * @param rank r
   * @return the option
   */
  public static LowRank randomized(int rank) {
    return new LowRank(rank, Method.RANDOMIZED, 0, 1);
  }

  /**
   * The full decomposition.
   *
   * @param rank r
   * @return the option
   */
  public static LowRank full(int rank) {
    return new LowRank(rank, Method.FULL, 0, 1);
  }

  /**
   * Makes the rank adaptive.
   *
   * @param limit the relative residual allowed, above 0 and at most 1
   * @return a copy
   */
  public LowRank withMaxResidual(double limit) {
    return new LowRank(rank, method, seed, limit);
  }
}
