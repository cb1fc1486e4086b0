/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RankingQualityTest {
  private final RankingQuality ranking =
      new RankingQuality(
          new double[] {0.1, 0.9, 0.5, 0.9}, new boolean[] {true, true, false, false});

  @Test
  void ranksHighestFirstAndTiesByNumber() {
    assertThat(ranking.order()).containsExactly(1, 3, 2, 0);
  }

  @Test
  void measuresPrecisionAndRecall() {
    assertThat(ranking.precision(1)).isEqualTo(1);
    assertThat(ranking.precision(2)).isEqualTo(0.5);
    assertThat(ranking.recall(2)).isEqualTo(0.5);
    assertThat(ranking.recall(4)).isEqualTo(1);
    assertThat(ranking.averagePrecision()).isCloseTo((1 + 0.5) / 2, within(1e-15));
  }
}
