/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;

/** A loss that the user computed. */
record GivenLoss(NDArray loss) implements Objective {
  @Override
  public NDArray dataLoss(BatchRows rows) {
    return loss;
  }

  @Override
  public NDArray sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample) {
    throw new IllegalStateException(
        "Labels of a loss of your own cannot be sampled; use classification or regression, or fit"
            + " with dataLabels().");
  }
}
