/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class QueryLossDifferenceTest {
  private static final int EXAMPLES = 50;
  private static final Means MEANS = Means.random("loss difference", 30, EXAMPLES);
  private static final double FRACTION = 0.06; // three examples

  private static RetrainedMeasurements train(TrainingSubsets subsets) throws IOException {
    return RetrainingStudy.of("means", MEANS.queries()).run(subsets, MEANS.noisy(0));
  }

  private static RetrainedMeasurements random() throws IOException {
    return train(QueryLossDifference.withoutRandom(EXAMPLES, FRACTION, 6, 2));
  }

  @Test
  void topsOfDifferentQueriesDiffer() {
    TrainingSubsets top =
        QueryLossDifference.withoutTop(0.5, new double[] {1, 9, 8, 0}, new double[] {3, 1, 2, 4});
    assertThat(top.members(0)).containsExactly(0, 3);
    assertThat(top.members(1)).containsExactly(1, 2);
    assertThat(QueryLossDifference.withoutTop(0.01, MEANS.scores()).members(0)).hasSize(49);
  }

  /** The mean loses its three largest values, and at random three of average size. */
  @Test
  void theTopIsWorthWhatItsValuesAreWorth() throws IOException {
    TrainingSubsets top = QueryLossDifference.withoutTop(FRACTION, MEANS.scores());
    Estimate rise = QueryLossDifference.of(train(top), random());
    double expected = 0;
    RetrainedMeasurements random = random();
    for (int q = 0; q < MEANS.queries(); q++) {
      double[] sorted = MEANS.values()[q].clone();
      Arrays.sort(sorted);
      double without = Arrays.stream(sorted, 0, EXAMPLES - 3).average().orElseThrow();
      double mean = 0;
      for (int s = 0; s < 6; s++) {
        mean += random.mean(s, q) / 6;
      }
      expected += (mean - without) / MEANS.queries();
    }
    assertThat(rise.value()).isCloseTo(expected, within(1e-12));
    assertThat(rise.interval(0.95).low()).isPositive();
    Estimate control =
        QueryLossDifference.of(
            train(
                QueryLossDifference.withoutTop(
                    FRACTION, NegativeControls.shuffled(1, MEANS.scores()))),
            random());
    assertThat(rise.minus(control).interval(0.95).low()).isPositive();
  }

  @Test
  void dividesByTheTokensOfEachQuery() throws IOException {
    RetrainedMeasurements top = train(QueryLossDifference.withoutTop(FRACTION, MEANS.scores()));
    int[] tokens = new int[MEANS.queries()];
    Arrays.fill(tokens, 4);
    assertThat(QueryLossDifference.perToken(top, random(), tokens).value())
        .isCloseTo(QueryLossDifference.of(top, random()).value() / 4, within(1e-12));
    tokens[5] = 0;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QueryLossDifference.perToken(top, random(), tokens))
        .withMessageContaining("Each query needs a token");
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    RetrainedMeasurements random = random();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QueryLossDifference.of(random, random))
        .withMessage("Expected 30 subsets without the top, one a query, got 6.");
    for (double fraction : new double[] {0, 1, 0.999, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> QueryLossDifference.withoutTop(fraction, MEANS.scores()))
          .withMessageContaining("fraction to leave out");
    }
  }
}
