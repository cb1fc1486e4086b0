/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import org.bytedeco.pytorch.Tensor;

/** A loss that the user computed. */
record GivenLoss(Tensor loss) implements Objective {
  @Override
  public Tensor dataLoss(BatchRows rows) {
    return loss;
  }

  @Override
  public Tensor sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample) {
    throw new IllegalStateException(
        "Labels of a loss of your own cannot be sampled; use classification or regression, or fit"
            + " with dataLabels().");
  }
}
