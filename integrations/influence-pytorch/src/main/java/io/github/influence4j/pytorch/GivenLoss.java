/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * A loss that the user computed.
 *
 * @param values one number, or [examples, ...]
 * @param perExample whether the values are those of single examples
 */
record GivenLoss(Tensor values, boolean perExample) implements Objective {
  @Override
  public Loss dataLoss(BatchRows rows) {
    if (!perExample) {
      return new Loss(values, null, new int[0]);
    }
    Tensor parts = values.reshape(-1);
    int[] owners = new int[Math.toIntExact(parts.numel())];
    Arrays.setAll(owners, i -> i / (owners.length / rows.examples()));
    return Loss.of(parts, owners);
  }

  @Override
  public Loss sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample) {
    throw new IllegalStateException(
        "Labels of a loss of your own cannot be sampled; use classification or regression, or fit"
            + " with dataLabels().");
  }

  @Override
  public Curved curved(BatchRows rows) {
    throw new IllegalStateException(
        "The Hessian of a loss of your own by the outputs is not known; use classification or"
            + " regression.");
  }
}
