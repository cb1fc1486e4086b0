/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.scoring.LowRank;

/**
 * How wide the funnel is at each stage.
 *
 * <pre>{@code
 * FunnelOptions.topK(10).withCandidates(50_000).withScan(LowRank.randomized(16));
 * }</pre>
 *
 * @param topK how many proponents of each query to return
 * @param candidates how many examples the filter may let pass for a query
 * @param scan truncation of the queries in the scan; layers of that rank or less are scanned
 *     exactly
 * @param survivors how many candidates of a query are scored again exactly, at least topK
 * @param controls how many examples, drawn at random from all, are scored exactly for every query
 *     to see what the stages lose; 0 for none
 * @param seed of that draw
 * @param damping of the curvature
 */
public record FunnelOptions(
    int topK,
    int candidates,
    LowRank scan,
    int survivors,
    int controls,
    long seed,
    Damping damping) {

  /** Checks that each stage is no wider than the one before. */
  public FunnelOptions {
    if (topK < 1 || survivors < topK || candidates < survivors || controls < 0) {
      throw new IllegalArgumentException(
          "The funnel wants 1 <= topK <= survivors <= candidates and controls of 0 or more, got"
              + (" topK = " + topK + ", survivors = " + survivors)
              + (", candidates = " + candidates + ", controls = " + controls + "."));
    }
  }

  /**
   * 10,000 candidates as in Grosse et al. 2023 (more if k asks for it), a scan of rank 32, ten
   * times k survivors, 256 controls.
   *
   * @param k how many proponents of each query to return
   * @return the options
   */
  public static FunnelOptions topK(int k) {
    int survivors = Math.multiplyExact(10, k);
    return new FunnelOptions(
        k,
        Math.max(10_000, survivors),
        LowRank.randomized(32),
        survivors,
        256,
        0,
        Damping.HEURISTIC);
  }

  /**
   * Changes what the filter may let pass.
   *
   * @param count for each query
   * @return a copy
   */
  public FunnelOptions withCandidates(int count) {
    return new FunnelOptions(topK, count, scan, survivors, controls, seed, damping);
  }

  /**
   * Changes the scan.
   *
   * @param truncation rank and method
   * @return a copy
   */
  public FunnelOptions withScan(LowRank truncation) {
    return new FunnelOptions(topK, candidates, truncation, survivors, controls, seed, damping);
  }

  /**
   * Changes how many are scored again exactly.
   *
   * @param count for each query
   * @return a copy
   */
  public FunnelOptions withSurvivors(int count) {
    return new FunnelOptions(topK, candidates, scan, count, controls, seed, damping);
  }

  /**
   * Changes the control sample.
   *
   * @param count how many examples, 0 for none
   * @param drawSeed the same seed draws the same examples
   * @return a copy
   */
  public FunnelOptions withControls(int count, long drawSeed) {
    return new FunnelOptions(topK, candidates, scan, survivors, count, drawSeed, damping);
  }

  /**
   * Changes the damping.
   *
   * @param value the damping
   * @return a copy
   */
  public FunnelOptions withDamping(Damping value) {
    return new FunnelOptions(topK, candidates, scan, survivors, controls, seed, value);
  }
}
