/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Labels and targets are checked on both paths; classes of probability zero are legal. */
final class LabelsTest {
  private static final int CLASSES = 5;
  private static final double NONE = Double.NEGATIVE_INFINITY;

  private final Taps taps = new Taps();
  private final LinearImpl module = new LinearImpl(3, CLASSES);
  private final TappedLinear layer = taps.linear("fc", module);
  private final Tensor x = randn(4, 3);

  LabelsTest() {
    module.eval();
  }

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
    manual_seed(2);
  }

  private enum Path {
    DATA,
    SAMPLED;

    double[] outputGradients(Taps taps, Function<Integer, ModelOutput> model) {
      TorchGradients<Integer> gradients = new TorchGradients<>(taps, List.of(4), model);
      GradientSource source =
          this == DATA ? gradients.dataLabels() : gradients.sampledLabels(new LabelSampler(3));
      double[][] found = new double[1][];
      source.replay(batch -> found[0] = batch.layers().get(0).outputGradients().toDoubles());
      return found[0];
    }
  }

  private double[] classify(Path path, double[] offsets, long... labels) {
    Tensor added = AbstractTensor.create(offsets).to(x.scalar_type());
    Tensor classes = AbstractTensor.create(labels);
    return path.outputGradients(
        taps, n -> ModelOutput.classification(layer.forward(x).add(added), classes));
  }

  @ParameterizedTest
  @EnumSource(Path.class)
  void labelsThatAreNoClass(Path path) {
    for (long label : new long[] {5, 255, -1, -101, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> classify(path, new double[CLASSES], 0, 4, label, 1))
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
    double[] gradients = classify(path, new double[CLASSES], 0, -100, 4, -100);
    for (int row = 0; row < 4; row++) {
      double[] some = Arrays.copyOfRange(gradients, row * CLASSES, (row + 1) * CLASSES);
      assertThat(Arrays.stream(some).anyMatch(g -> g != 0)).isEqualTo(row % 2 == 0);
    }
  }

  /** Padding may hold anything: here the labels of the masked half. */
  @ParameterizedTest
  @EnumSource(Path.class)
  void labelsOfPadding(Path path) {
    Tensor labels = Naive.ids(new long[] {1, 255}, new long[] {3, -1});
    Tensor mask = Naive.ids(new long[] {1, 0}, new long[] {1, 0});
    double[] gradients =
        path.outputGradients(
            taps,
            n -> ModelOutput.classification(layer.forward(x.view(2, 2, 3)), labels).withMask(mask));
    assertThat(gradients).doesNotContain(Double.NaN);
    assertThat(Arrays.stream(gradients, CLASSES, 2 * CLASSES)).containsOnly(0.0);
  }

  /** A padded vocabulary: two classes that the model cannot give. */
  @ParameterizedTest
  @EnumSource(Path.class)
  void classesOfProbabilityZero(Path path) {
    double[] padded = {0, 0, 0, NONE, NONE};
    double[] gradients = classify(path, padded, 0, 1, 2, 0);
    for (int i = 0; i < gradients.length; i++) {
      assertThat(gradients[i]).isFinite();
      assertThat(gradients[i] == 0).isEqualTo(i % CLASSES > 2);
    }
  }

  @Test
  void labelsOfProbabilityZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classify(Path.DATA, new double[] {0, 0, 0, 0, NONE}, 0, 4, 2, 0))
        .withMessageContaining("Labels hold 4 in row 1, a class whose logit is -Infinity")
        .withMessageContaining("the 5 classes");
    double[] all = {NONE, NONE, NONE, NONE, NONE};
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
      Tensor y = AbstractTensor.create(targets, 4, CLASSES);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> path.outputGradients(taps, n -> ModelOutput.regression(layer.forward(x), y)))
          .withMessageContaining("in row 2, output 3 of 5, expected finite numbers of type Float");
    }
  }
}
