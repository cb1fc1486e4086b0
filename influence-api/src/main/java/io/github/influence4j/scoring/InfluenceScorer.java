/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.capture.GradientSource;

/**
 * Scores training examples against queries: {@code I(q, m) = ⟨∇L(q), (G+λI)⁻¹ ∇L(m)⟩}, summed over
 * layers (Grosse et al. 2023, sections 2 and 3).
 *
 * <p><b>Sign.</b> Both gradients are of a loss, so a positive score is a <b>proponent</b>: training
 * on the example lowers the query's loss. Capture the gradient of −loss (or of a log-likelihood)
 * for the queries and the sign turns round.
 */
public interface InfluenceScorer {
  /**
   * Scores every training example against every query.
   *
   * @param queries gradients of the queries' own losses; replayed once for each pass over the
   *     training data
   * @param train gradients of the training examples' own losses (with the data's labels, not the
   *     sampled ones); replayed once for all queries, dampings and layers that fit in memory, and
   *     once more to look again at the hits of a top-k, unless it gives them by number ({@link
   *     io.github.influence4j.capture.IndexedGradients})
   * @param options what to keep
   * @return the scores
   * @throws IllegalArgumentException if a batch does not fit the model or holds NaN or infinity
   * @throws java.util.concurrent.CancellationException if cancelled
   */
  InfluenceScores score(GradientSource queries, GradientSource train, ScoreOptions options);

  /**
   * Scores every training example against itself: {@code gᵀ(G+λI)⁻¹g ≥ 0}. High values mark
   * examples that the model had to learn by heart: mislabelled or atypical ones.
   *
   * @param train gradients of the training examples' own losses; replayed once
   * @param options dampings, unit, and whether to keep the parts of layers
   * @return one score an example
   */
  SelfInfluence selfInfluence(GradientSource train, SelfInfluenceOptions options);
}
