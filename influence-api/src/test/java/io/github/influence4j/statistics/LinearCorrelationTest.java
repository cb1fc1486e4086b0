/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LinearCorrelationTest {
  @Test
  void isOneForAnyRisingLine() {
    assertThat(LinearCorrelation.of(new double[] {1, 2, 5}, new double[] {-3, -1, 5}))
        .isCloseTo(1, within(1e-15));
    assertThat(LinearCorrelation.of(new double[] {1, 2, 5}, new double[] {3, 1, -5}))
        .isCloseTo(-1, within(1e-15));
  }

  /** Deviations (-2, 0, -1, 3) and (-1, 0, -1, 2): 9 / sqrt(14 · 6). */
  @Test
  void isWhatOneComputesByHand() {
    assertThat(LinearCorrelation.of(new double[] {0, 2, 1, 5}, new double[] {1, 2, 1, 4}))
        .isCloseTo(9 / Math.sqrt(84), within(1e-15));
  }

  @Test
  void refusesListsThatDoNotPair() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinearCorrelation.of(new double[2], new double[3]))
        .withMessageContaining("got 2 and 3");
  }
}
