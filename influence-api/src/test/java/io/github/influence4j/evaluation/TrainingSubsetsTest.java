/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingSubsetsTest {
  @Test
  void halvesAreDrawnWithoutReplacement() {
    TrainingSubsets halves = TrainingSubsets.random(101, 0.5, 8, 3);
    assertThat(halves.count()).isEqualTo(8);
    for (int s = 0; s < 8; s++) {
      assertThat(halves.members(s)).hasSize(51).doesNotHaveDuplicates().isSorted();
      assertThat(halves.members(s)[50]).isLessThan(101);
    }
    assertThat(halves.members(0)).isNotEqualTo(halves.members(1));
  }

  @Test
  void moreSubsetsLeaveTheFirstAsTheyWere() {
    TrainingSubsets few = TrainingSubsets.random(50, 0.3, 2, 3);
    TrainingSubsets many = TrainingSubsets.random(50, 0.3, 9, 3);
    assertThat(many.members(1)).isEqualTo(few.members(1));
    assertThat(TrainingSubsets.random(50, 0.3, 2, 4).members(1)).isNotEqualTo(few.members(1));
  }

  @Test
  void everyExampleIsDrawnEquallyOften() {
    int[] drawn = new int[10];
    TrainingSubsets subsets = TrainingSubsets.random(10, 0.5, 2000, 5);
    for (int s = 0; s < subsets.count(); s++) {
      for (int member : subsets.members(s)) {
        drawn[member]++;
      }
    }
    for (int count : drawn) {
      assertThat(count).isBetween(880, 1120); // 5 standard deviations
    }
  }

  @Test
  void leavesOutWhatIsNamed() {
    TrainingSubsets rest = TrainingSubsets.without(4, List.of(new int[] {2, 0}, new int[0]));
    assertThat(rest.members(0)).containsExactly(1, 3);
    assertThat(rest.members(1)).containsExactly(0, 1, 2, 3);
    assertThat(TrainingSubsets.all(3).members(0)).containsExactly(0, 1, 2);
  }

  @Test
  void refusesEmptySubsetsAndStrangers() {
    for (double fraction : new double[] {0, 1, -1, Double.NaN, 0.01, 0.99}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TrainingSubsets.random(10, fraction, 1, 0))
          .withMessageContaining("of " + fraction + " of 10");
    }
    for (int[] out : List.of(new int[] {4}, new int[] {-1}, new int[] {1, 1})) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TrainingSubsets.without(4, List.of(out)))
          .withMessageContaining("Of examples 0 to 3");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrainingSubsets.without(2, List.of(new int[] {0, 1})))
        .withMessage("No example would be left of 2.");
  }
}
