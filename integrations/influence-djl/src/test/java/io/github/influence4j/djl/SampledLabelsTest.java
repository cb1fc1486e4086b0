/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import io.github.influence4j.adapters.AdapterModel;
import io.github.influence4j.adapters.SampledLabelsContractTest;
import io.github.influence4j.capture.BatchRows;

final class SampledLabelsTest extends SampledLabelsContractTest<NDArray, ModelOutput> {
  @Override
  protected AdapterModel<NDArray, ModelOutput> model() {
    return new DjlModel(2);
  }

  @Override
  protected long[] sample(NDArray logits, long[] labels, BatchRows rows, long firstExample) {
    return new SoftmaxObjective(logits, labels).sampledLabels(rows, SAMPLER, firstExample);
  }

  @Override
  protected double sampledLoss(NDArray predictions, BatchRows rows) {
    GaussianObjective objective = new GaussianObjective(predictions, predictions);
    return objective.sampledLoss(rows, SAMPLER, 0).sum().getFloat();
  }
}
