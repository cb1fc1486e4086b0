/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LimitedMemoryBfgsTest {
  private static final Minimizer.Differentiable ROSENBROCK =
      (x, gradient) -> {
        double a = 1 - x[0];
        double b = x[1] - x[0] * x[0];
        gradient[0] = -2 * a - 400 * x[0] * b;
        gradient[1] = 200 * b;
        return a * a + 100 * b * b;
      };

  @Test
  void followsACurvedValley() {
    double[] start = {-1.2, 1};
    double[] found = new LimitedMemoryBfgs(200).minimize(ROSENBROCK, start, 1e-10);
    assertThat(found[0]).isCloseTo(1, within(1e-9));
    assertThat(found[1]).isCloseTo(1, within(1e-9));
    assertThat(start).containsExactly(-1.2, 1);
  }

  /** Condition 1e4, minimum at (1, 2, ..., 40), far below where rounding hides falls. */
  @Test
  void solvesIllConditionedSystemsToThePrecisionOfTheNumbers() {
    int size = 40;
    Minimizer.Differentiable quadratic =
        (x, gradient) -> {
          double value = 1;
          for (int i = 0; i < size; i++) {
            double curvature = Math.pow(10, 4.0 * i / (size - 1));
            double off = x[i] - (i + 1);
            gradient[i] = curvature * off;
            value += curvature * off * off / 2;
          }
          return value;
        };
    double[] found = new LimitedMemoryBfgs(3000).minimize(quadratic, new double[size], 1e-9);
    double[] expected = new double[size];
    Arrays.setAll(expected, i -> i + 1);
    assertThat(found).containsExactly(expected, within(1e-8));
  }

  @Test
  void startsWhereItIsDone() {
    double[] found = new LimitedMemoryBfgs(1).minimize(ROSENBROCK, new double[] {1, 1}, 1e-12);
    assertThat(found).containsExactly(1, 1);
  }

  @Test
  void saysThatItGaveUp() {
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(
            () -> new LimitedMemoryBfgs(3).minimize(ROSENBROCK, new double[] {-1.2, 1}, 1e-10))
        .withMessageContaining("after 3 steps, not yet 1.0E-10");
  }

  @Test
  void saysThatTheGradientIsWrong() {
    Minimizer.Differentiable wrong =
        (x, gradient) -> {
          gradient[0] = -2 * x[0];
          return x[0] * x[0];
        };
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> new LimitedMemoryBfgs(9).minimize(wrong, new double[] {1}, 1e-10))
        .withMessageContaining("check the gradient");
  }
}
