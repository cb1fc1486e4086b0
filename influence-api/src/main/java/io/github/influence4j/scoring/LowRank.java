/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.spi.Truncation;

/**
 * Truncates preconditioned queries to a rank, layer by layer, in the eigenbasis (Grosse et al.
 * 2023, section 3.2.2). Layers with min(P, M) of that rank or less stay exact. The error of a score
 * is at most ‖V−V_r‖_F ‖g‖_F; {@link InfluenceScores#residual} reports the relative residual.
 *
 * @param rank r, at least 1
 * @param method randomised or full
 * @param seed of the randomised method; the same seed gives the same bits
 */
public record LowRank(int rank, Method method, long seed) {
  /** How the decomposition is computed. */
  public enum Method {
    /** Randomised range finder with oversampling and two power iterations (Halko et al. 2011). */
    RANDOMIZED,
    /** Full singular value decomposition: the best approximation, and slow. */
    FULL
  }

  /** Checks the rank. */
  public LowRank {
    if (rank < 1) {
      throw new IllegalArgumentException("rank must be at least 1, got " + rank);
    }
  }

  Truncation truncation() {
    return new Truncation(rank, method == Method.RANDOMIZED, seed);
  }

  /**
   * The randomised method with seed 0.
   *
   * @param rank r
   * @return the option
   */
  public static LowRank randomized(int rank) {
    return new LowRank(rank, Method.RANDOMIZED, 0);
  }

  /**
   * The full decomposition.
   *
   * @param rank r
   * @return the option
   */
  public static LowRank full(int rank) {
    return new LowRank(rank, Method.FULL, 0);
  }
}
