/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinearDatamodelingScoreTest {
  private static final Means MEANS = Means.random("datamodel", 60, 100);
  private static final TrainingSubsets HALVES = TrainingSubsets.random(100, 0.5, 40, 7);

  /** Standard deviation of the mean of a half. */
  private static final double SIGNAL = 0.1;

  private static RetrainedMeasurements truth(double noise, int repeats) throws IOException {
    return RetrainingStudy.of("means", MEANS.queries())
        .withRepeats(repeats)
        .run(HALVES, MEANS.noisy(noise));
  }

  @Test
  void theExactInfluenceOfLinearTrainingIsPerfect() throws IOException {
    RetrainedMeasurements truth = truth(0, 2);
    Estimate score = LinearDatamodelingScore.of(HALVES, truth, MEANS.scores());
    assertThat(score.value()).isCloseTo(1, within(1e-9));
    assertThat(score.interval(0.95).low()).isCloseTo(1, within(1e-9));
    assertThat(LinearDatamodelingScore.ceiling(truth).orElseThrow()).isCloseTo(1, within(1e-9));
  }

  @Test
  void noiseOfTrainingLeavesTheExactInfluenceAtTheCeiling() throws IOException {
    for (int repeats : new int[] {2, 3, 6}) {
      RetrainedMeasurements truth = truth(SIGNAL, repeats);
      double ceiling = LinearDatamodelingScore.ceiling(truth).orElseThrow();
      Estimate exact = LinearDatamodelingScore.of(HALVES, truth, MEANS.scores());
      assertThat(exact.value()).isCloseTo(ceiling, within(0.05));
      assertThat(ceiling).isCloseTo(1 / Math.sqrt(1 + 1.0 / repeats), within(0.07));
    }
  }

  @Test
  void scoresOfOtherExamplesAreWorthless() throws IOException {
    double[][] shuffled = NegativeControls.shuffled(1, MEANS.scores());
    RetrainedMeasurements truth = truth(SIGNAL, 3);
    Estimate control = LinearDatamodelingScore.of(HALVES, truth, shuffled);
    assertThat(control.value()).isCloseTo(0, within(0.12));
    Estimate exact = LinearDatamodelingScore.of(HALVES, truth, MEANS.scores());
    assertThat(exact.minus(control).interval(0.95).low()).isPositive();
    assertThat(exact.minus(exact).interval(0.95)).isEqualTo(new Estimate.Interval(0, 0));
  }

  @Test
  void theSameForAllQueriesIsWorthless() throws IOException {
    double[] norms = Arrays.stream(MEANS.values()[0]).map(Math::abs).toArray();
    double[][] control = NegativeControls.gradientNorm(norms, MEANS.queries());
    assertThat(LinearDatamodelingScore.of(HALVES, truth(0, 1), control).value())
        .isCloseTo(0, within(0.15));
  }

  @Test
  void oneRepeatHasNoCeiling() throws IOException {
    assertThat(LinearDatamodelingScore.ceiling(truth(SIGNAL, 1))).isEmpty();
  }

  @Test
  void perQueryAveragesToTheScore() throws IOException {
    RetrainedMeasurements truth = truth(SIGNAL, 1);
    double[] each = LinearDatamodelingScore.perQuery(HALVES, truth, MEANS.scores());
    assertThat(each).hasSize(MEANS.queries());
    assertThat(Arrays.stream(each).average().orElseThrow())
        .isCloseTo(
            LinearDatamodelingScore.of(HALVES, truth, MEANS.scores()).value(), within(1e-12));
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    RetrainedMeasurements truth = truth(0, 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinearDatamodelingScore.of(HALVES, truth, new double[3][100]))
        .withMessage("Expected 60 queries with scores, got 3.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinearDatamodelingScore.of(HALVES, truth, new double[60][99]))
        .withMessage("Expected 100 scores of each query, got 99.");
    double[][] broken = MEANS.scores();
    broken[3][4] = Double.NaN;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinearDatamodelingScore.of(HALVES, truth, broken))
        .withMessage("Scores must be finite, got NaN.");
    TrainingSubsets two = TrainingSubsets.random(100, 0.5, 2, 7);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinearDatamodelingScore.of(two, truth, MEANS.scores()))
        .withMessage("Expected 2 subsets that were trained on, got 40.");
  }

  @Test
  void estimatesHaveAMean() {
    Estimate mean =
        Estimate.mean(
            List.of(new Estimate(1, new double[] {0, 2}), new Estimate(2, new double[] {1, 5})));
    assertThat(mean.value()).isEqualTo(1.5);
    assertThat(mean.interval(0.999999).low()).isCloseTo(0.5, within(1e-5));
    assertThat(mean.interval(0.999999).high()).isCloseTo(3.5, within(1e-5));
    assertThatIllegalArgumentException().isThrownBy(() -> Estimate.mean(List.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> mean.minus(new Estimate(0, new double[1])))
        .withMessage("Expected 2 resampled values, got 1.");
  }

  @Test
  void confidenceIsAShare() {
    Estimate estimate = new Estimate(1, new double[] {0, 1, 2, 3, 4});
    assertThat(estimate.interval(0.5)).isEqualTo(new Estimate.Interval(1, 3));
    assertThat(estimate.interval(0.5).contains(2)).isTrue();
    assertThat(estimate.interval(0.5).contains(3.5)).isFalse();
    assertThatIllegalArgumentException().isThrownBy(() -> estimate.interval(1));
  }
}
