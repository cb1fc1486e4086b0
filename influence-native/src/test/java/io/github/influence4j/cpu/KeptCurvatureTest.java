/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestModel;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What one run leaves on the backend takes nothing from the next, whatever that is: by the
 * backend's own count, which refuses what exceeds the budget.
 */
class KeptCurvatureTest {
  private static final List<LayerSpec> LAYERS =
      IntStream.range(0, 6).mapToObj(i -> LayerSpec.linear("layer" + i, 399, 300)).toList();
  private static final TestModel TRAIN =
      TestModel.random(SeededRandom.at("kept train"), 12, 40, LAYERS);
  private static final GradientSource QUERIES =
      TestModel.random(SeededRandom.at("kept queries"), 5, 3, LAYERS).source(5);

  /** Two workspaces of 12 MiB, the smallest work, and most of what the layers take. */
  private static final long BUDGET = 76L << 20;

  private static Influence open(long maxMemory) {
    return Influence.builder()
        .layers(LAYERS)
        .backend("cpu")
        .threads(2)
        .maxMemory(maxMemory)
        .build();
  }

  @Test
  void runsOfAllKindsFollowEachOther() {
    GradientSource train = TRAIN.source(12);
    ScoreOptions one = ScoreOptions.pairwise();
    ScoreOptions two = one.withDampings(Damping.HEURISTIC, Damping.absolute(1));
    SelfInfluenceOptions self = SelfInfluenceOptions.defaults();
    FittedCurvature curvature;
    double[][] expected;
    double[] expectedSelf;
    try (Influence influence = open(Long.MAX_VALUE)) {
      curvature = influence.fit(train);
      expected = influence.score(curvature, QUERIES, train, one).toMatrix();
      expectedSelf = influence.selfInfluence(curvature, train, self).scores();
    }
    try (Influence influence = open(BUDGET)) {
      InfluenceScorer scorer = influence.scorer(curvature);
      for (int round = 0; round < 2; round++) {
        assertThat(scorer.score(QUERIES, train, one).toMatrix()).isDeepEqualTo(expected);
        assertThat(scorer.selfInfluence(train, self).scores()).isEqualTo(expectedSelf);
        assertThat(scorer.score(QUERIES, train, two).toMatrix()).isDeepEqualTo(expected);
        FittedCurvature other = influence.fit(train);
        assertThat(influence.score(other, QUERIES, train, one).toMatrix()).isDeepEqualTo(expected);
      }
      assertThat(influence.peakMemory()).isBetween(BUDGET / 2, BUDGET);
    }
  }

  /** A fitter that the user feeds plans with all memory, however long it lives. */
  @Test
  void aFitterOfOnesOwnHasItsMemory() {
    List<LayerSpec> two = LAYERS.subList(0, 2);
    TestModel model = new TestModel(two, TRAIN.data().subList(0, 2));
    GradientSource train = model.source(12);
    long enoughForOneAtATime = 58L << 20;
    try (Influence influence =
        Influence.builder()
            .layers(two)
            .backend("cpu")
            .threads(2)
            .maxMemory(enoughForOneAtATime)
            .build()) {
      FittedCurvature curvature = influence.fit(train);
      influence.selfInfluence(curvature, train, SelfInfluenceOptions.defaults());
      try (CurvatureFitter fitter = influence.fitter()) {
        train.replay(fitter::addCovariance);
        fitter.eigendecompose();
        train.replay(fitter::addSquares);
        FittedCurvature again = fitter.finish();
        assertThat(again.eigenvalues("layer1")).isEqualTo(curvature.eigenvalues("layer1"));
      }
    }
  }
}
