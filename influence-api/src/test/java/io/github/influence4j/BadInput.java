/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.Arrays;

/** Two layers, batches for them, and what refuses. */
abstract class BadInput {
  static final LayerSpec FC = LayerSpec.linear("fc", 3, 2);
  static final LayerSpec CONV = LayerSpec.conv2d("conv", Conv2d.of(2, 3, 2).withGroups(1));
  static final ScoreOptions PAIRS = ScoreOptions.pairwise();

  static Influence influence(LayerSpec... layers) {
    return Influence.builder().layers(layers).backend("reference").build();
  }

  static double[] values(int count) {
    double[] out = new double[count];
    Arrays.setAll(out, i -> Math.sin(i + 1));
    return out;
  }

  static TensorView tensor(long... shape) {
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    return TensorView.of(values(count), shape);
  }

  /** Two examples of three rows each. */
  static LayerBatch fc() {
    return new LayerBatch("fc", tensor(6, 3), tensor(6, 2)).withOffsets(0, 3, 6);
  }

  static LayerBatch fc(TensorView activations, TensorView gradients) {
    return new LayerBatch("fc", activations, gradients);
  }

  static LayerBatch conv(TensorView input, TensorView gradients) {
    return new LayerBatch("conv", input, gradients);
  }

  static GradientBatch two(LayerBatch... layers) {
    return GradientBatch.of(2, layers);
  }

  static TensorView with(double value, int index, long... shape) {
    TensorView tensor = tensor(shape);
    tensor.set(index, value);
    return tensor;
  }

  static void illegal(Runnable action, String message) {
    assertThatIllegalArgumentException().isThrownBy(action::run).withMessageContaining(message);
  }

  static void outOfOrder(Runnable action, String message) {
    assertThatIllegalStateException().isThrownBy(action::run).withMessageContaining(message);
  }

  static GradientSource source(GradientBatch... batches) {
    return sink -> Arrays.stream(batches).forEach(sink::accept);
  }
}
