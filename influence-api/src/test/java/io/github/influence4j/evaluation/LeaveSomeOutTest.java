/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaveSomeOutTest {
  private static final Means MEANS = Means.random("leave some out", 4, 20);
  private static final TrainingSubsets KEPT =
      TrainingSubsets.without(
          20, List.of(new int[] {0, 1}, new int[] {2, 3}, new int[] {4, 5}, new int[] {6, 19}));

  private static RetrainedMeasurements train(TrainingSubsets subsets) throws IOException {
    return RetrainingStudy.of("means", MEANS.queries()).run(subsets, MEANS.noisy(0));
  }

  /** Without k of N values a mean moves by the sum of their deviations over N−k, not over N. */
  @Test
  void theChangeOfAMeanIsForetoldUpToItsSize() throws IOException {
    LeaveSomeOut agreement =
        LeaveSomeOut.of(KEPT, train(KEPT), train(TrainingSubsets.all(20)), MEANS.scores());
    assertThat(agreement.pearson()).isCloseTo(1, within(1e-12));
    assertThat(agreement.spearman()).isCloseTo(1, within(1e-12));
    assertThat(agreement.slope()).isCloseTo(20 / 18.0, within(1e-12));
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    RetrainedMeasurements truth = train(KEPT);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LeaveSomeOut.of(KEPT, truth, truth, MEANS.scores()))
        .withMessage("Expected 1 subset of all examples, got 4.");
    RetrainedMeasurements whole = train(TrainingSubsets.all(20));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LeaveSomeOut.of(KEPT, whole, whole, MEANS.scores()))
        .withMessage("Expected 4 subsets that were trained on, got 1.");
  }
}
