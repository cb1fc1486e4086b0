/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.retrieval.FunnelOptions;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How sequences are scored. */
final class ScoringOptions {
  private static final int SURVIVORS = 10;

  @Option(
      names = "--damping",
      paramLabel = "F",
      defaultValue = "0.1",
      description = "Share of a layer's mean eigenvalue that is added to all (default: 0.1).")
  private double damping = 0.1;

  @Option(
      names = "--rank",
      paramLabel = "R",
      converter = Rank.Converter.class,
      description =
          "Truncate the preconditioned queries to this rank, or full; hits are scored again exactly"
              + " (default: full; with --filter 32).")
  private @Nullable Rank rank;

  @Option(
      names = "--max-residual",
      paramLabel = "X",
      description =
          "Double the --rank of a layer until no query leaves out more than this share of itself.")
  private @Nullable Double maxResidual;

  @Option(
      names = "--filter",
      paramLabel = "KIND:N",
      converter = WordFilter.Converter.class,
      description =
          "Score only the N sequences that share most with a query by tfidf or bm25 over tokens,"
              + " such as bm25:1000; proponents only. A random sample shows what that loses.")
  private @Nullable WordFilter filter;

  @Option(
      names = "--compare",
      description =
          "Compare each list with what BM25, and the plain norm of gradients, would rank first.")
  private boolean compare;

  /**
   * Refuses what does not go together.
   *
   * @param top hits to show
   * @param all whether all scores are to be written
   */
  void check(int top, boolean all) {
    require(
        Double.isFinite(damping) && damping > 0,
        "--damping must be a number above 0, got " + damping + ".");
    require(
        maxResidual == null || (maxResidual > 0 && maxResidual <= 1),
        "--max-residual must be above 0 and at most 1, got " + maxResidual + ".");
    require(
        maxResidual == null || (rank != null && !rank.full()),
        "--max-residual raises the --rank it starts from; give --rank R too, or neither.");
    require(
        filter == null || filter.candidates() >= top,
        "--filter lets fewer sequences pass than --top shows; raise its number to " + top + ".");
    require(
        filter == null || !(compare || all),
        (compare ? "--compare" : "--scores")
            + " needs the scores of all sequences, --filter computes those of some; leave one out.");
  }

  ScoreOptions pairwise() {
    return ScoreOptions.pairwise().withDampings(damping());
  }

  SelfInfluenceOptions self() {
    return SelfInfluenceOptions.defaults().withDampings(damping());
  }

  Damping damping() {
    return Damping.relative(damping);
  }

  /** Null for exact queries, and where nothing was said. */
  @Nullable LowRank truncation() {
    if (rank == null || rank.number() == null) {
      return null;
    }
    LowRank truncation = LowRank.randomized(rank.number());
    return maxResidual == null ? truncation : truncation.withMaxResidual(maxResidual);
  }

  /**
   * How a corpus is searched through a filter.
   *
   * @param words the filter
   * @param top hits of a query
   * @param seed of the control sample
   */
  FunnelOptions stages(WordFilter words, int top, long seed) {
    long survivors = Math.min(words.candidates(), (long) SURVIVORS * top);
    FunnelOptions stages =
        FunnelOptions.topK(top)
            .withSurvivors((int) survivors)
            .withCandidates(words.candidates())
            .withDamping(damping());
    stages = stages.withControls(stages.controls(), seed);
    boolean exact = rank != null && rank.full();
    LowRank scan = exact ? LowRank.full(Integer.MAX_VALUE) : truncation();
    return scan == null ? stages : stages.withScan(scan);
  }

  /** Null to score all sequences. */
  @Nullable WordFilter filter() {
    return filter;
  }

  boolean compare() {
    return compare;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
