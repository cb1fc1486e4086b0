/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.adapters.AdapterModel;
import io.github.influence4j.adapters.LabelsContractTest;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class LabelsTest extends LabelsContractTest<Tensor, ModelOutput> {
  @Override
  protected AdapterModel<Tensor, ModelOutput> model() {
    return new TorchModel(2);
  }

  @Override
  protected List<Number> wrongLabels() {
    return List.of(5L, 255L, -1L, -101L, Long.MAX_VALUE, Long.MIN_VALUE);
  }

  @Override
  protected Tensor labels(AdapterModel<Tensor, ModelOutput> net, Number... labels) {
    return AbstractTensor.create(Arrays.stream(labels).mapToLong(Number::longValue).toArray());
  }

  @Override
  protected String float32() {
    return "Float";
  }

  /** Padding may hold anything: here the labels of the masked half. */
  @ParameterizedTest
  @EnumSource(Path.class)
  void labelsOfPadding(Path path) {
    Tensor labels = net().ids(new long[] {1, 255}, new long[] {3, -1});
    Tensor mask = net().ids(new long[] {1, 0}, new long[] {1, 0});
    double[] gradients =
        outputGradients(
            path,
            net().random(2, 2, 3),
            x -> ModelOutput.classification(logits(x), labels).withMask(mask));
    assertThat(gradients).doesNotContain(Double.NaN);
    assertThat(Arrays.stream(gradients, CLASSES, 2 * CLASSES)).containsOnly(0.0);
  }
}
