/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.QueryRefinement;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How wide the funnel is at each stage.
 *
 * <pre>{@code
 * FunnelOptions.topK(10).withCandidates(50_000).withScan(LowRank.randomized(16));
 * }</pre>
 */
public final class FunnelOptions {
  private final int topK;
  private final int candidates;
  private final LowRank scan;
  private final int survivors;
  private final int controls;
  private final long seed;
  private final Damping damping;
  private final @Nullable QueryRefinement refinement;

  /** Checks that each stage is no wider than the one before. */
  private FunnelOptions(Draft draft) {
    topK = draft.topK;
    candidates = draft.candidates;
    scan = Objects.requireNonNull(draft.scan, "scan");
    survivors = draft.survivors;
    controls = draft.controls;
    seed = draft.seed;
    damping = Objects.requireNonNull(draft.damping, "damping");
    refinement = draft.refinement;
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
    Draft draft = new Draft();
    draft.topK = k;
    draft.survivors = (int) Math.min(Integer.MAX_VALUE, 10L * k);
    draft.candidates = Math.max(10_000, draft.survivors);
    return draft.options();
  }

  /**
   * Changes what the filter may let pass.
   *
   * @param count for each query
   * @return a copy
   */
  public FunnelOptions withCandidates(int count) {
    Draft draft = new Draft(this);
    draft.candidates = count;
    return draft.options();
  }

  /**
   * Changes the scan.
   *
   * @param truncation rank and method
   * @return a copy
   */
  public FunnelOptions withScan(LowRank truncation) {
    Draft draft = new Draft(this);
    draft.scan = truncation;
    return draft.options();
  }

  /**
   * Changes how many are scored again exactly.
   *
   * @param count for each query
   * @return a copy
   */
  public FunnelOptions withSurvivors(int count) {
    Draft draft = new Draft(this);
    draft.survivors = count;
    return draft.options();
  }

  /**
   * Changes the control sample.
   *
   * @param count how many examples, 0 for none
   * @param drawSeed the same seed draws the same examples
   * @return a copy
   */
  public FunnelOptions withControls(int count, long drawSeed) {
    Draft draft = new Draft(this);
    draft.controls = count;
    draft.seed = drawSeed;
    return draft.options();
  }

  /**
   * Changes the damping.
   *
   * @param value the damping
   * @return a copy
   */
  public FunnelOptions withDamping(Damping value) {
    Draft draft = new Draft(this);
    draft.damping = value;
    return draft.options();
  }

  /**
   * Scores the survivors and the controls with queries that are preconditioned more accurately than
   * the curvature does.
   *
   * @param value such as a solver of {@code io.github.influence4j.solver}, null for none
   * @return a copy
   */
  public FunnelOptions withRefinement(@Nullable QueryRefinement value) {
    Draft draft = new Draft(this);
    draft.refinement = value;
    return draft.options();
  }

  /**
   * How many proponents of each query to return.
   *
   * @return at least 1
   */
  public int topK() {
    return topK;
  }

  /**
   * How many examples the filter may let pass for a query.
   *
   * @return at least {@link #survivors}
   */
  public int candidates() {
    return candidates;
  }

  /**
   * Truncation of the queries in the scan; layers of that rank or less are scanned exactly.
   *
   * @return rank and method
   */
  public LowRank scan() {
    return scan;
  }

  /**
   * How many candidates of a query are scored again exactly.
   *
   * @return at least {@link #topK()}
   */
  public int survivors() {
    return survivors;
  }

  /**
   * How many examples, drawn at random from all, are scored exactly for every query to see what the
   * stages lose.
   *
   * @return 0 for none
   */
  public int controls() {
    return controls;
  }

  /**
   * Decides which examples the control sample draws.
   *
   * @return the seed
   */
  public long seed() {
    return seed;
  }

  /**
   * Damping of the curvature.
   *
   * @return relative or absolute
   */
  public Damping damping() {
    return damping;
  }

  /**
   * What preconditions the queries for the last stage instead of the curvature.
   *
   * @return null for the curvature alone
   */
  public @Nullable QueryRefinement refinement() {
    return refinement;
  }

  private List<@Nullable Object> values() {
    return Arrays.asList(topK, candidates, scan, survivors, controls, seed, damping, refinement);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FunnelOptions options && values().equals(options.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  /** Options in the making. */
  private static final class Draft {
    private int topK;
    private int candidates;
    private LowRank scan = LowRank.randomized(32);
    private int survivors;
    private int controls = 256;
    private long seed;
    private Damping damping = Damping.HEURISTIC;
    private @Nullable QueryRefinement refinement;

    Draft() {}

    Draft(FunnelOptions from) {
      topK = from.topK;
      candidates = from.candidates;
      scan = from.scan;
      survivors = from.survivors;
      controls = from.controls;
      seed = from.seed;
      damping = from.damping;
      refinement = from.refinement;
    }

    FunnelOptions options() {
      return new FunnelOptions(this);
    }
  }
}
