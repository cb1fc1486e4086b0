/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.randn;

import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Rows wide enough that a few sums of each are compared in their place. */
final class RowSketchTest {
  private static final int WIDTH = 24;

  @Test
  void rowsOfTheirExamplesPass() {
    assertThatCode(() -> capture(output -> output)).doesNotThrowAnyException();
  }

  @Test
  void refusesRowsOfOtherExamples() {
    assertThatThrownBy(() -> capture(output -> output.flip(0)))
        .hasMessageContaining("is of example 2 of the batch, not of example 0");
  }

  @Test
  void refusesRowsOfSeveralExamples() {
    assertThatThrownBy(() -> capture(output -> output.add(output.flip(0))))
        .hasMessageContaining("is of several examples");
  }

  @Test
  void refusesOneNumberOfAnotherExample() {
    assertThatThrownBy(
            () ->
                capture(
                    output -> {
                      Tensor other = output.flip(0).narrow(2, 3, 1).mul(new Scalar(0.1));
                      return output.add(other);
                    }))
        .hasMessageContaining("is of several examples");
  }

  @Test
  void sumsOfAMultipleAreMultiples() {
    Tensor rows = randn(5, WIDTH);
    Tensor quarter = RowSketch.of(rows.mul(new Scalar(0.25)));
    assertThat(quarter.equal(RowSketch.of(rows).mul(new Scalar(0.25)))).isTrue();
  }

  @SuppressWarnings("try") // the scope is a guard
  private static void capture(UnaryOperator<Tensor> behind) {
    Taps taps = new Taps().examplesFirst();
    LinearImpl module = new LinearImpl(WIDTH, WIDTH);
    module.eval();
    TappedLinear layer = taps.linear("layer", module);
    try (PointerScope scope = new PointerScope()) {
      Tensor input = randn(3, 4, WIDTH);
      Tensor target = randn(3, 4, WIDTH);
      taps.capture(() -> ModelOutput.regression(behind.apply(layer.forward(input)), target));
    }
  }
}
