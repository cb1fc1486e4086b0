/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ConcentrationTest {
  @Test
  void addsUpTheStrongest() {
    double[] scores = {-4, 1, 2, 0, 4};
    assertThat(Concentration.topShare(scores, 0.2)).hasValue(4 / 7.0);
    assertThat(Concentration.topShare(scores, 0.21)).hasValue(6 / 7.0);
    assertThat(Concentration.topShare(scores, 1)).hasValue(1);
    assertThat(scores).containsExactly(-4, 1, 2, 0, 4);
  }

  @Test
  void equalScoresGiveTheFraction() {
    double[] scores = new double[1000];
    Arrays.fill(scores, 2);
    assertThat(Concentration.topShare(scores, 0.01)).hasValue(0.01);
  }

  @Test
  void isEmptyWithoutPositiveScores() {
    assertThat(Concentration.topShare(new double[] {-1, 0}, 0.5)).isEmpty();
    assertThat(Concentration.topShare(new double[0], 0.5)).isEmpty();
  }

  @Test
  void refusesBadInput() {
    for (double fraction : new double[] {0, -1, 1.1, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Concentration.topShare(new double[] {1}, fraction))
          .withMessageContaining("fraction must be in (0, 1]");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Concentration.topShare(new double[] {1, Double.NaN}, 0.5))
        .withMessageContaining("must be finite");
  }
}
