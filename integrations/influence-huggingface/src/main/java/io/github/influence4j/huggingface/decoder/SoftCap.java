/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.decoder;

import static org.bytedeco.pytorch.global.torch.tanh;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Bends numbers to stay below a cap. */
final class SoftCap {
  private SoftCap() {}

  /** cap · tanh(x / cap); a cap of 0 bends nothing. */
  static Tensor apply(Tensor x, double cap) {
    return cap == 0 ? x : tanh(x.div(new Scalar(cap))).mul(new Scalar(cap));
  }
}
