/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products against Jacobians that are taken one weight at a time. */
final class FeedForwardOperatorTest {
  private final Random random = SeededRandom.at("FeedForwardOperatorTest");

  @ParameterizedTest
  @EnumSource(Activation.class)
  void productsAreThoseOfTheDenseMatrix(Activation activation) {
    for (OutputLoss loss : OutputLoss.values()) {
      TestNetwork network = TestNetwork.random(random, activation, loss, 7, 3, 6, 5, 2);
      Matrix dense = network.gaussNewton();
      double[][] vectors = network.vectors(random, 3);
      for (int atOnce : new int[] {1, 3, 100}) {
        DampedSystem system = DampedSystem.of(network.operator(), 0.25).withExamplesAtOnce(atOnce);
        double[][] products = system.multiply(vectors);
        for (int r = 0; r < vectors.length; r++) {
          Matrix vector = Matrix.column(vectors[r]);
          Matrix expected = dense.times(vector).plus(vector.times(0.25));
          assertThat(SolverTest.distance(products[r], expected.values())).isLessThan(1e-12);
        }
      }
    }
  }

  @Test
  void sizesThatDoNotFitAreRefused() {
    LayerSpec one = LayerSpec.linear("one", 2, 3);
    assertThatThrownBy(() -> operator(List.of(one, LayerSpec.linear("two", 4, 1)), 14, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Layer \"two\": expected a linear layer of 3 inputs, got 4 inputs.");
    assertThatThrownBy(() -> operator(List.of(LayerSpec.conv2d("c", Conv2d.of(1, 1, 1))), 2, 1))
        .hasMessage("Layer \"c\": expected a linear layer, got a convolution.");
    assertThatThrownBy(() -> operator(List.of(one), 9, 3))
        .hasMessageContaining("There are 3 input numbers, expected a multiple of the 2 inputs");
    assertThatThrownBy(() -> operator(List.of(one), 8, 2))
        .hasMessageContaining("has 8 elements, expected one for each of the 9 weights");
  }

  private static FeedForwardOperator operator(List<LayerSpec> layers, int weights, int inputs) {
    return new FeedForwardOperator(
        layers,
        new double[weights],
        Activation.RELU,
        OutputLoss.HALF_SQUARED_ERROR,
        new double[inputs]);
  }
}
