/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** A loss, for the labels of the data and for labels that the model would have given. */
sealed interface Objective permits SoftmaxObjective, HeadObjective, GaussianObjective, GivenLoss {
  /** The summed loss of the rows that count. */
  Loss dataLoss(BatchRows rows);

  /** The same for sampled labels. */
  Loss sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample);

  /** The outputs with the Hessian of the loss by them, 0 in rows without a loss. */
  Curved curved(BatchRows rows);

  /** [N·T], true for padding, where the outputs are; null for none. */
  static @Nullable Tensor padding(BatchRows rows, Tensor outputs) {
    boolean[] mask = rows.mask();
    return mask == null
        ? null
        : AbstractTensor.create(mask).logical_not().to(outputs.device(), ScalarType.Bool);
  }
}
