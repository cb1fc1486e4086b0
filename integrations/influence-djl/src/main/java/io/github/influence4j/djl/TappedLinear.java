/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDList;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * A linear layer whose calls are recorded while gradients are captured, and which is the layer
 * itself otherwise.
 */
final class TappedLinear extends Linear {
  private final CallRecorder calls;
  private final String name;

  TappedLinear(CallRecorder calls, String name, Builder builder) {
    super(builder);
    this.calls = calls;
    this.name = name;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore parameters,
      NDList inputs,
      boolean training,
      PairList<String, Object> arguments) {
    NDList outputs = super.forwardInternal(parameters, inputs, training, arguments);
    return calls.record(name, parameters, inputs, outputs);
  }
}
