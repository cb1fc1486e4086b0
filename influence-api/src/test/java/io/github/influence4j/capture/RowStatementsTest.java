/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A mask of the output does not fall on another layer's rows because there happen to be as many.
 */
class RowStatementsTest {
  private static final LayerSpec ENCODER = LayerSpec.linear("encoder", 3, 2);
  private static final LayerSpec CONV = LayerSpec.conv1d("conv", Conv1d.of(1, 2, 1));

  /** All 1 but for a row. */
  private static TensorView gradients(int row, int examples, int rows) {
    double[] values = new double[examples * rows * 2];
    Arrays.fill(values, 1);
    if (row >= 0) {
      values[2 * row] = 0;
      values[2 * row + 1] = 0;
    }
    return TensorView.of(values, examples, rows, 2);
  }

  private static GradientBatch arrange(LayerSpec spec, BatchRows rows, LayerBatch call) {
    RowStatements statements = new RowStatements();
    statements.layout(RowLayout.EXAMPLES_FIRST);
    statements.begin();
    return statements.arrange(rows, List.of(call), List.of(spec), true);
  }

  /**
   * With one example nothing tells owners apart, and a shape is verified once, but masks differ.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void masksLeaveOutNoRowWithAGradient(int examples) {
    boolean[] mask = new boolean[4 * examples];
    Arrays.fill(mask, true);
    mask[3] = false;
    BatchRows rows = BatchRows.of(examples, 4).withMask(new long[] {examples, 4}, mask);
    TensorView input = TensorView.of(new double[examples * 12], examples, 4, 3);
    LayerBatch padded = new LayerBatch("encoder", input, gradients(3, examples, 4));
    assertThat(arrange(ENCODER, rows, padded).layers().get(0).mask()).isEqualTo(mask);
    LayerBatch other = new LayerBatch("encoder", input, gradients(2, examples, 4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> arrange(ENCODER, rows, other))
        .withMessageContaining("Layer \"encoder\": the mask leaves out row 3, through which")
        .withMessageContaining("withMask(mask, \"encoder\")");
  }

  @Test
  void positionsOfConvolutions() {
    boolean[] mask = {true, true, true, false};
    BatchRows rows = BatchRows.of(1, 9).withMask(new long[] {1, 4}, mask, "conv");
    TensorView input = TensorView.of(new double[4], 1, 1, 4);
    TensorView padded = TensorView.of(new double[] {1, 1, 1, 0, 1, 1, 1, 0}, 1, 2, 4);
    LayerBatch call = new LayerBatch("conv", input, padded);
    assertThat(arrange(CONV, rows, call).layers().get(0).mask()).isEqualTo(mask);
    TensorView other = TensorView.of(new double[] {1, 1, 1, 0, 1, 1, 0, 1}, 1, 2, 4);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> arrange(CONV, rows, new LayerBatch("conv", input, other)))
        .withMessageContaining("Layer \"conv\": the mask leaves out row 3, through which");
  }
}
