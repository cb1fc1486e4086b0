/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** Whom tapped layers call when they are called. */
@FunctionalInterface
interface CallRecorder {
  /**
   * Calls a layer, and records the call while gradients are captured.
   *
   * @param name of the layer
   * @param training whether its module is in training mode
   * @param layer from input to output
   * @param input what the layer was given
   * @return what the layer returns
   */
  Tensor call(String name, boolean training, UnaryOperator<Tensor> layer, Tensor input);
}
