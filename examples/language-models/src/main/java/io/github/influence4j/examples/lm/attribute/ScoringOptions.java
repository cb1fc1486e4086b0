/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import picocli.CommandLine.Option;

/** How sequences are scored. */
final class ScoringOptions {
  @Option(
      names = "--damping",
      paramLabel = "F",
      defaultValue = "0.1",
      description = "Share of a layer's mean eigenvalue that is added to all (default: 0.1).")
  private double damping = 0.1;

  ScoreOptions pairwise() {
    return ScoreOptions.pairwise().withDampings(damping());
  }

  SelfInfluenceOptions self() {
    return SelfInfluenceOptions.defaults().withDampings(damping());
  }

  private Damping damping() {
    return Damping.relative(damping);
  }
}
