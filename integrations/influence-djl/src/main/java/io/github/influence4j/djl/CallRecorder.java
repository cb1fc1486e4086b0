/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;

/** Whom tapped layers tell of their calls. */
@FunctionalInterface
interface CallRecorder {
  /**
   * Records a call while gradients are captured.
   *
   * @param layer its name
   * @param parameters what the layer was called with
   * @param inputs of the call
   * @param outputs what the layer computed
   * @return what the layer is to return
   */
  NDList record(String layer, ParameterStore parameters, NDList inputs, NDList outputs);
}
