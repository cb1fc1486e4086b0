/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.compute.TensorCores;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.statistics.LinearCorrelation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What tensor cores make of scores, fit included: they correlate with those of kronfluence in
 * float64 by at least 0.999 (TF32) or 0.95 (BF16). W1 is skipped where it is not found.
 */
public abstract class TensorCoresParityTest extends BackendTest {
  /** For subclasses. */
  protected TensorCoresParityTest() {}

  @ParameterizedTest
  @CsvSource({"w1, TF32, 0.999", "w1, BF16, 0.95", "w2, TF32, 0.999", "w2, BF16, 0.95"})
  void scoresCorrelateWithThoseInDoublePrecision(
      String workload, TensorCores cores, double correlation) {
    GoldenData data = GoldenData.load(workload);
    try (Influence influence =
        Influence.builder()
            .layers(data.layers())
            .strategy(CurvatureStrategy.EKFAC)
            .backend(provider().name())
            .tensorCores(cores)
            .build()) {
      FittedCurvature curvature = influence.fit(data.train());
      ScoreOptions pairs = ScoreOptions.pairwise();
      check(data, "pair", correlation, scores(influence, curvature, data, pairs));
      ScoreOptions thin = pairs.withLowRank(LowRank.full(32));
      check(data, "pair_rank32_fullsvd", correlation, scores(influence, curvature, data, thin));
      double[] self =
          influence
              .selfInfluence(curvature, data.train(), SelfInfluenceOptions.defaults())
              .scores();
      check(data, "self", correlation, self);
    }
  }

  private static double[] scores(
      Influence influence, FittedCurvature curvature, GoldenData data, ScoreOptions options) {
    InfluenceScores scores = influence.score(curvature, data.queries(), data.train(), options);
    return Tensors.concat(scores.toMatrix());
  }

  private static void check(GoldenData data, String what, double correlation, double[] scores) {
    double[] exact = data.get("emp|ekfac|none|" + what + "|all_modules");
    assertThat(LinearCorrelation.of(scores, exact))
        .as("%s of %s", what, data.workload())
        .isGreaterThanOrEqualTo(correlation);
  }
}
