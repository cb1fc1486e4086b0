/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * The outputs of a model, and the Hessian H of the summed loss by them.
 *
 * @param outputs with the graph behind them
 * @param timesHessian from a tensor of their shape to its product with H
 */
record Curved(Tensor outputs, UnaryOperator<Tensor> timesHessian) {
  /**
   * Of cross-entropy: {@code diag(p) − p pᵀ} a row.
   *
   * @param logits [rows, classes]
   * @param counts [rows, 1], 0 for rows without a loss
   */
  static Curved softmax(Tensor logits, Tensor counts) {
    Tensor shares = logits.detach().softmax(1);
    return new Curved(
        logits,
        tangents -> {
          Tensor weighted = shares.mul(tangents);
          return weighted.sub(shares.mul(weighted.sum(1).unsqueeze(1))).mul(counts);
        });
  }
}
