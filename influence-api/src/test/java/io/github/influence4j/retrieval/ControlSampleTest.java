/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ControlSampleTest {
  @Test
  void drawsEveryExampleEquallyOften() {
    int draws = 4_000;
    int[] times = new int[10];
    for (int seed = 0; seed < draws; seed++) {
      long[] sample = ControlSample.of(10, 3, seed);
      assertThat(sample).hasSize(3).isSorted().doesNotHaveDuplicates();
      for (long example : sample) {
        times[(int) example]++;
      }
    }
    double deviation = Math.sqrt(draws * 0.3 * 0.7);
    for (int count : times) {
      // Fixed seeds: five standard deviations never fail by chance.
      assertThat((double) count).isCloseTo(draws * 0.3, within(5 * deviation));
    }
  }

  @Test
  void takesAllWhereThereAreFewer() {
    assertThat(ControlSample.of(3, 5, 7)).containsExactly(0, 1, 2);
    assertThat(ControlSample.of(0, 5, 7)).isEmpty();
    assertThat(ControlSample.of(9, 0, 7)).isEmpty();
  }

  @Test
  void isTheSameForTheSameSeed() {
    assertThat(ControlSample.of(1L << 40, 20, 5)).isEqualTo(ControlSample.of(1L << 40, 20, 5));
    assertThat(ControlSample.of(1L << 40, 20, 5)).isNotEqualTo(ControlSample.of(1L << 40, 20, 6));
  }
}
