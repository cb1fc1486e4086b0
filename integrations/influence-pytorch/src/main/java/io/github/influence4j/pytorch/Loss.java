/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A summed loss.
 *
 * @param sum one number
 * @param parts [parts] what it is the sum of; null where nobody knows
 * @param owners the example of each part
 */
record Loss(Tensor sum, @Nullable Tensor parts, int[] owners) {
  static Loss of(Tensor parts, int[] owners) {
    return new Loss(parts.sum(), parts, owners);
  }

  /** The sum with each example's loss multiplied by its weight; null where that is not known. */
  @Nullable Tensor weighted(double[] weights) {
    if (parts == null) {
      return null;
    }
    if (owners.length == 0) {
      return sum;
    }
    double[] factors = new double[owners.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = weights[owners[i]];
    }
    Tensor factor = AbstractTensor.create(factors).to(parts);
    return parts.mul(factor).sum();
  }
}
