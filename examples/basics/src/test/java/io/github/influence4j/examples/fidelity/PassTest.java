/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PassTest {
  private static final double STEP = 1e-5;

  static IntStream tasks() {
    return IntStream.of(0, 1);
  }

  private static Task task(int number) {
    Task task = number == 0 ? Task.diabetes() : Task.digits();
    return task.withTrain(7).withQueries(3);
  }

  /** Central differences of some weights of each layer, the last of all among them. */
  private static void compare(
      double[] weights, double[] gradient, ToDoubleFunction<double[]> value) {
    for (int i = weights.length - 1; i > 0; i -= weights.length / 23) {
      double[] moved = weights.clone();
      moved[i] += STEP;
      double more = value.applyAsDouble(moved);
      moved[i] -= 2 * STEP;
      double expected = (more - value.applyAsDouble(moved)) / (2 * STEP);
      assertThat(gradient[i]).as("weight %d", i).isCloseTo(expected, within(1e-7));
    }
  }

  @ParameterizedTest
  @MethodSource("tasks")
  void gradientsAreDerivativesOfTheLoss(int number) {
    Task task = task(number);
    double[] weights = task.model().initial(5);
    compare(
        weights,
        task.gradient(weights, task.train(), 4),
        moved -> Pass.of(task.model(), moved, task.train()).loss(4));
  }

  @ParameterizedTest
  @MethodSource("tasks")
  void theDivergenceIsZeroWhereTheModelIsAndHasItsDerivative(int number) {
    Task task = task(number);
    double[] trained = task.model().initial(5);
    TaskProximal proximal = new TaskProximal(task, trained);
    double[] gradient = new double[trained.length];
    assertThat(proximal.divergence(trained, gradient)).isZero();
    assertThat(gradient).containsOnly(new double[] {0}, within(1e-15));
    double[] elsewhere = task.model().initial(6);
    assertThat(proximal.divergence(elsewhere, gradient)).isPositive();
    compare(elsewhere, gradient, moved -> proximal.divergence(moved, new double[moved.length]));
  }

  /** The library gets rows of layers, the solvers whole gradients: both must be of one model. */
  @ParameterizedTest
  @MethodSource("tasks")
  void theLibraryAndWholeGradientsAgree(int number) {
    Task task = task(number);
    double[] weights = task.model().initial(5);
    double[][] dots = task.scores(weights, task.queryGradients(weights));
    double[][] scores =
        Attribution.scores(task, weights, CurvatureStrategy.IDENTITY, Damping.HEURISTIC);
    for (int q = 0; q < dots.length; q++) {
      for (int m = 0; m < 7; m++) {
        assertThat(scores[q][m]).isCloseTo(dots[q][m], within(1e-5 * (1 + Math.abs(dots[q][m]))));
      }
    }
  }
}
