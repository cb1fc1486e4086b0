/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.internal.lifetimes.Lifetime;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;

/**
 * A scorer that an {@link Influence} gave out: one run at a time, of all that it gives out.
 *
 * @param lifetime of the {@link Influence}
 * @param scorer scores
 */
record GuardedScorer(Lifetime lifetime, InfluenceScorer scorer) implements InfluenceScorer {
  @Override
  public InfluenceScores score(GradientSource queries, GradientSource train, ScoreOptions options) {
    return lifetime.call(() -> scorer.score(queries, train, options));
  }

  @Override
  public SelfInfluence selfInfluence(GradientSource train, SelfInfluenceOptions options) {
    return lifetime.call(() -> scorer.selfInfluence(train, options));
  }
}
