/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDList;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * A convolution whose calls are recorded while gradients are captured, and which is the layer
 * itself otherwise.
 */
final class TappedConv2d extends Conv2d {
  private final CallRecorder calls;
  private final String name;

  TappedConv2d(CallRecorder calls, String name, Builder builder) {
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
