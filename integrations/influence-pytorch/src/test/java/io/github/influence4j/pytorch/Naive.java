/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.adapters.WeightGradients;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;

/** Slow and obvious computations to compare with. */
final class Naive {
  private Naive() {}

  /** What backward() left: [P, M], the bias last. */
  static double[] autogradGradient(Tensor weight, Tensor bias) {
    double[] w = HostCopies.doubles(weight.grad());
    double[] b = bias.defined() ? HostCopies.doubles(bias.grad()) : new double[0];
    return WeightGradients.withBias(w, b, (int) weight.size(0));
  }

  static Tensor ids(long[]... rows) {
    long[] flat = java.util.Arrays.stream(rows).flatMapToLong(java.util.Arrays::stream).toArray();
    return AbstractTensor.create(flat, rows.length, rows[0].length);
  }
}
