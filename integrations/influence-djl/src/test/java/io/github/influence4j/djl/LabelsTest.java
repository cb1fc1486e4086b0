/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Labels and targets are checked on both paths; classes of probability zero are legal. */
final class LabelsTest {
  private static final int CLASSES = 5;
  private static final float NONE = Float.NEGATIVE_INFINITY;

  private final NDManager manager = NDManager.newBaseManager();
  private final Taps taps = new Taps();
  private final Block layer = taps.linear("fc", Linear.builder().setUnits(CLASSES));
  private final NDArray x = manager.randomNormal(new Shape(4, 3));

  LabelsTest() {
    layer.initialize(manager, DataType.FLOAT32, x.getShape());
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private enum Path {
    DATA,
    SAMPLED;

    double[] outputGradients(Taps taps, Function<Integer, ModelOutput> model) {
      DjlGradients<Integer> gradients = new DjlGradients<>(taps, List.of(4), model);
      GradientSource source =
          this == DATA ? gradients.dataLabels() : gradients.sampledLabels(new LabelSampler(3));
      double[][] found = new double[1][];
      source.replay(batch -> found[0] = batch.layers().get(0).outputGradients().toDoubles());
      return found[0];
    }
  }

  private double[] classify(Path path, float[] offsets, double... labels) {
    NDArray added = manager.create(offsets);
    NDArray classes = manager.create(labels);
    return path.outputGradients(
        taps, n -> ModelOutput.classification(taps.forward(layer, x).add(added), classes));
  }

  @ParameterizedTest
  @EnumSource(Path.class)
  void labelsThatAreNoClass(Path path) {
    for (double label : new double[] {5, 255, -1, -101, 1e300, 0.5, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> classify(path, new float[CLASSES], 0, 4, label, 1))
          .withMessage(
              "Labels hold "
                  + label
                  + " in row 2, expected whole numbers from 0 to 4, or -100 for rows without a"
                  + " loss.");
    }
  }

  @ParameterizedTest
  @EnumSource(Path.class)
  void ignoredRowsHaveNoGradient(Path path) {
    double[] gradients = classify(path, new float[CLASSES], 0, -100, 4, -100);
    for (int row = 0; row < 4; row++) {
      double[] some = Arrays.copyOfRange(gradients, row * CLASSES, (row + 1) * CLASSES);
      assertThat(Arrays.stream(some).anyMatch(g -> g != 0)).isEqualTo(row % 2 == 0);
    }
  }

  /** A padded vocabulary: two classes that the model cannot give. */
  @ParameterizedTest
  @EnumSource(Path.class)
  void classesOfProbabilityZero(Path path) {
    double[] gradients = classify(path, new float[] {0, 0, 0, NONE, NONE}, 0, 1, 2, 0);
    for (int i = 0; i < gradients.length; i++) {
      assertThat(gradients[i]).isFinite();
      assertThat(gradients[i] == 0).isEqualTo(i % CLASSES > 2);
    }
  }

  @Test
  void labelsOfProbabilityZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classify(Path.DATA, new float[] {0, 0, 0, 0, NONE}, 0, 4, 2, 0))
        .withMessageContaining("Labels hold 4 in row 1, a class whose logit is -Infinity")
        .withMessageContaining("the 5 classes");
    float[] all = {NONE, NONE, NONE, NONE, NONE};
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classify(Path.SAMPLED, all, 0, 4, 2, 0))
        .withMessageContaining("Example 0, row 0: the logits of all 5 classes are -Infinity");
  }

  @ParameterizedTest
  @EnumSource(Path.class)
  void targetsThatAreNoNumbers(Path path) {
    for (double target : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 1e300}) {
      double[] targets = new double[4 * CLASSES];
      targets[2 * CLASSES + 3] = target;
      NDArray y = manager.create(targets, new Shape(4, CLASSES));
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  path.outputGradients(
                      taps, n -> ModelOutput.regression(taps.forward(layer, x), y)))
          .withMessageContaining(
              "in row 2, output 3 of 5, expected finite numbers of type float32");
    }
  }
}
