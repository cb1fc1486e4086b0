/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class TopOverlapTest {
  private static final double[] A = {5, 1, 4, 3};
  private static final double[] B = {9, 8, 0, 1};

  @Test
  void countsWhatBothHave() {
    assertThat(TopOverlap.of(1, A, B)).isEqualTo(1);
    assertThat(TopOverlap.of(2, A, B)).isEqualTo(0.5);
    assertThat(TopOverlap.of(3, A, B)).isEqualTo(2 / 3.0);
    assertThat(TopOverlap.of(4, A, B)).isEqualTo(1);
  }

  @Test
  void refusesWhatHasNoTop() {
    for (int k : new int[] {0, 5}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TopOverlap.of(k, A, B))
          .withMessageContaining("top " + k);
    }
    assertThatIllegalArgumentException().isThrownBy(() -> TopOverlap.of(1, A, new double[3]));
  }
}
