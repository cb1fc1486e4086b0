/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Of linear regression with two weights, whose response has a closed form for every ε. */
class ProximalBregmanResponseTest {
  private static final double[][] X = {{1, 2}, {0.5, -1}, {3, 1}, {-2, 0.25}, {1, 1}, {1, 2}};
  private static final double[] Y = {1, 0, 2, 5, -0.4 + 1e-7, -1.1};
  private static final double[] QUERY = {1.5, -0.5};
  private static final double[] TRAINED = {0.3, -0.7};
  private static final double DAMPING = 0.1;

  private static double dot(double[] a, double[] b) {
    return a[0] * b[0] + a[1] * b[1];
  }

  private static final ProximalModel MODEL =
      new ProximalModel() {
        @Override
        public double[] trained() {
          return TRAINED.clone();
        }

        @Override
        public double divergence(double[] parameters, double[] gradient) {
          double[] moved = {parameters[0] - TRAINED[0], parameters[1] - TRAINED[1]};
          Arrays.fill(gradient, 0);
          double value = 0;
          for (double[] x : X) {
            double difference = dot(x, moved) / X.length;
            value += difference * dot(x, moved) / 2;
            gradient[0] += difference * x[0];
            gradient[1] += difference * x[1];
          }
          return value;
        }

        @Override
        public double loss(int example, double[] parameters, double[] gradient) {
          double residual = dot(X[example], parameters) - Y[example];
          gradient[0] = residual * X[example][0];
          gradient[1] = residual * X[example][1];
          return residual * residual / 2;
        }

        @Override
        public double[] measurements(double[] parameters) {
          return new double[] {dot(QUERY, parameters), 0};
        }
      };

  /** (G+λI)⁻¹ x by Cramer's rule. */
  private static double[] solve(double[] x) {
    double a = DAMPING;
    double b = 0;
    double c = DAMPING;
    for (double[] row : X) {
      a += row[0] * row[0] / X.length;
      b += row[0] * row[1] / X.length;
      c += row[1] * row[1] / X.length;
    }
    double determinant = a * c - b * b;
    return new double[] {(c * x[0] - b * x[1]) / determinant, (a * x[1] - b * x[0]) / determinant};
  }

  /** By Sherman and Morrison, θ(ε)−θˢ = −ε r H⁻¹x / (1 + ε xᵀH⁻¹x). */
  private static double expected(int example, double epsilon) {
    double[] x = X[example];
    double influence = -(dot(x, TRAINED) - Y[example]) * dot(QUERY, solve(x));
    double leverage = epsilon * dot(x, solve(x));
    return influence / (1 - leverage * leverage);
  }

  @Test
  void isTheInfluenceForSmallSteps() {
    double[][] responses = ProximalBregmanResponse.of(MODEL, DAMPING).responses(0, 3, 1);
    int[] examples = {0, 3, 1};
    for (int e = 0; e < examples.length; e++) {
      double influence = expected(examples[e], 0);
      assertThat(responses[0][e]).isCloseTo(influence, within(1e-5 * Math.abs(influence)));
      assertThat(responses[1][e]).isZero();
    }
  }

  /** The loss of example 4 has nearly no gradient, that of example 5 none: others move it by 1. */
  @Test
  void isExactWhereGradientsAreTiny() {
    double[][] responses = ProximalBregmanResponse.of(MODEL, DAMPING).responses(4, 5);
    assertThat(responses[0][0]).isCloseTo(expected(4, 0), within(1e-10));
    assertThat(responses[0][1]).isCloseTo(0, within(1e-12));
  }

  @Test
  void isTheResponseToLargeSteps() {
    double[][] responses =
        ProximalBregmanResponse.of(MODEL, DAMPING)
            .withEpsilon(0.1)
            .withMinimizer(new LimitedMemoryBfgs(100))
            .responses(2);
    assertThat(expected(2, 0.1)).isNotCloseTo(expected(2, 0), within(1e-3));
    assertThat(responses[0][0])
        .isCloseTo(expected(2, 0.1), within(1e-5 * Math.abs(expected(2, 0.1))));
  }

  @Test
  void refusesWhatHasNoMinimum() {
    for (double damping : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ProximalBregmanResponse.of(MODEL, damping))
          .withMessage("damping must be positive, got " + damping);
    }
    ProximalBregmanResponse response = ProximalBregmanResponse.of(MODEL, DAMPING);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> response.withEpsilon(0))
        .withMessage("epsilon must be positive, got 0.0");
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> response.withMinimizer(new LimitedMemoryBfgs(1)).responses(0))
        .withMessageContaining("after 1 steps");
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(
            () -> response.withMinimizer(new LimitedMemoryBfgs(1)).responses(0, 1, 2, 3, 0, 1, 2))
        .withMessageContaining("after 1 steps");
  }
}
