/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * A summed loss.
 *
 * @param sum one number
 * @param parts [parts] what it is the sum of; null where nobody knows
 * @param owners the example of each part
 */
record Loss(NDArray sum, @Nullable NDArray parts, int[] owners) {
  static Loss of(NDArray parts, int[] owners) {
    return new Loss(parts.sum(), parts, owners);
  }

  /** The sum with each example's loss multiplied by its weight; null where that is not known. */
  @Nullable NDArray weighted(double[] weights) {
    if (parts == null) {
      return null;
    }
    double[] factors = new double[owners.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = weights[owners[i]];
    }
    NDArray factor = parts.getManager().create(factors).toType(parts.getDataType(), false);
    return parts.mul(factor).sum();
  }
}
