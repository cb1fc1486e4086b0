/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.statistics.RankCorrelation;
import io.github.influence4j.testing.SeededRandom;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class WeightedRanksTest {
  /** Small whole numbers, so that there are ties. */
  @RepeatedTest(20)
  void countsAreRepeatedPairs(RepetitionInfo repetition) {
    Random random = SeededRandom.at("weighted ranks", repetition.getCurrentRepetition());
    int pairs = 12;
    double[] x = IntStream.range(0, pairs).mapToDouble(i -> random.nextInt(6)).toArray();
    double[] y = IntStream.range(0, pairs).mapToDouble(i -> x[i] + random.nextInt(5)).toArray();
    x[0] = -1; // so that both sides vary
    y[0] = -1;
    x[1] = 9;
    y[1] = 19;
    int[] counts = random.ints(pairs, 0, 4).toArray();
    counts[0] = 1;
    counts[1] = 2;
    int[] which =
        IntStream.range(0, pairs).flatMap(i -> IntStream.range(0, counts[i]).map(c -> i)).toArray();
    double[] xs = IntStream.of(which).mapToDouble(i -> x[i]).toArray();
    double[] ys = IntStream.of(which).mapToDouble(i -> y[i]).toArray();
    assertThat(new WeightedRanks(x, y).correlation(counts))
        .isCloseTo(RankCorrelation.of(xs, ys), within(1e-12));
    assertThat(new WeightedRanks(x, y).correlation())
        .isCloseTo(RankCorrelation.of(x, y), within(1e-12));
  }

  @Test
  void whatDoesNotVaryPredictsNothing() {
    assertThat(new WeightedRanks(new double[4], new double[] {1, 2, 3, 4}).correlation()).isZero();
    assertThat(
            new WeightedRanks(new double[] {1, 2}, new double[] {1, 2})
                .correlation(new int[] {2, 0}))
        .isZero();
  }
}
