/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AxisTest {
  @Test
  void roundTicksHoldAllValues() {
    for (double[] range : new double[][] {{0, 1}, {-3, 7}, {0, 0.012}, {-500, 0}, {0, 0}}) {
      Axis axis = Axis.linear("x", range[0], range[1]);
      assertThat(axis.ticks()).hasSizeBetween(2, 13).isSorted();
      assertThat(axis.place(range[0])).isBetween(0.0, 1.0);
      assertThat(axis.place(range[1])).isBetween(0.0, 1.0);
    }
    assertThat(Axis.linear("x", -3, 7).ticks()).contains(0);
  }

  @Test
  void decadesAreEvenlySpaced() {
    Axis axis = Axis.decades("x", 0.02, 30);
    assertThat(axis.ticks()).containsExactly(0.01, 0.1, 1, 10, 100);
    assertThat(axis.place(1)).isCloseTo(0.5, within(1e-12));
  }
}
