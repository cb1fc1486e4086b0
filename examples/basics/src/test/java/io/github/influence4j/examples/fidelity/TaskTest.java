/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TaskTest {
  @Test
  void diabetesIsStandardisedByItsTrainingRows() {
    Task task = Task.diabetes();
    assertThat(task.train().size()).isEqualTo(353);
    assertThat(task.queries().size()).isEqualTo(89);
    for (int c = 0; c < 10; c++) {
      int column = c;
      double[] values =
          IntStream.range(0, 353)
              .mapToDouble(r -> task.train().inputs()[r * 10 + column])
              .toArray();
      assertThat(Arrays.stream(values).average().orElseThrow()).isCloseTo(0, within(1e-12));
      assertThat(Arrays.stream(values).map(v -> v * v).average().orElseThrow())
          .isCloseTo(1, within(1e-12));
    }
    assertThat(Arrays.stream(task.train().targets()).average().orElseThrow())
        .isCloseTo(0, within(1e-12));
    assertThat(task.model().weights()).isEqualTo(11 * 32 + 32 * 16 + 17);
  }

  @Test
  void digitsKeepTheirSplit() {
    Task task = Task.digits();
    assertThat(task.train().size()).isEqualTo(1437);
    assertThat(task.queries().size()).isEqualTo(360);
    assertThat(Arrays.stream(task.queries().targets())).allMatch(t -> t >= 0 && t <= 9);
    assertThat(Arrays.stream(task.train().inputs())).allMatch(p -> p >= 0 && p <= 1);
  }

  @Test
  void shuffledTargetsKeepTheirDistribution() {
    Task task = Task.digits();
    double[] shuffled = task.withShuffledTargets().train().targets();
    assertThat(shuffled).isNotEqualTo(task.train().targets());
    double[] a = shuffled.clone();
    double[] b = task.train().targets().clone();
    Arrays.sort(a);
    Arrays.sort(b);
    assertThat(a).isEqualTo(b);
  }

  @Test
  void trainingDependsOnSeedAndSamplesAlone() {
    Task task = Task.diabetes();
    Recipe recipe = new Recipe(2, 32, 0.03, 0.9, 1e-3);
    double[] once = recipe.train(task.model(), task.train(), 4);
    assertThat(recipe.train(task.model(), task.train(), 4)).isEqualTo(once);
    assertThat(recipe.train(task.model(), task.train(), 5)).isNotEqualTo(once);
    assertThat(meanLoss(task, once)).isLessThan(meanLoss(task, task.model().initial(4)));
  }

  private static double meanLoss(Task task, double[] weights) {
    return -Arrays.stream(task.measure(weights)).average().orElseThrow();
  }

  /** Two steps of rates 0.5 and 0.25, each ten times as far for its momentum. */
  @Test
  void theDampingOfTimeIsTheDecayAndOneOverTheTime() {
    Recipe recipe = new Recipe(2, 50, 0.5, 0.9, 0.01);
    assertThat(recipe.dampingOfTime(50)).isCloseTo(0.01 + 1 / 7.5, within(1e-12));
  }
}
