/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.randn;

import io.github.influence4j.adapters.AdapterModel;
import io.github.influence4j.adapters.SampledLabelsContractTest;
import io.github.influence4j.capture.BatchRows;
import java.util.Arrays;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

final class SampledLabelsTest extends SampledLabelsContractTest<Tensor, ModelOutput> {
  @Override
  protected AdapterModel<Tensor, ModelOutput> model() {
    return new TorchModel(2);
  }

  @Override
  protected long[] sample(Tensor logits, long[] labels, BatchRows rows, long firstExample) {
    long[] shape = TensorViews.shape(logits);
    Tensor given = AbstractTensor.create(labels, Arrays.copyOf(shape, shape.length - 1));
    return new SoftmaxObjective(logits, given).sampledLabels(rows, SAMPLER, firstExample);
  }

  @Override
  protected double sampledLoss(Tensor predictions, BatchRows rows) {
    GaussianObjective objective = new GaussianObjective(predictions, predictions);
    return objective.sampledLoss(rows, SAMPLER, 0).sum().item_double();
  }

  @Test
  void logitsThatAreNotContiguous() {
    Tensor expanded = randn(1, 5).expand(new long[] {8, 5}, false);
    BatchRows rows = BatchRows.of(8);
    assertThat(sample(expanded, new long[8], rows, 0))
        .containsExactly(sample(expanded.contiguous(), new long[8], rows, 0));
  }
}
