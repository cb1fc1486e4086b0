/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.LayoutType;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * A one-dimensional convolution whose calls are recorded while gradients are captured. DJL's own
 * class cannot be extended; this one has its parameters and its arithmetic.
 */
final class TappedConv1d extends Convolution {
  private final CallRecorder calls;
  private final String name;

  TappedConv1d(CallRecorder calls, String name, Conv1d.Builder builder) {
    super(builder);
    this.calls = calls;
    this.name = name;
  }

  @Override
  protected LayoutType[] getExpectedLayout() {
    return new LayoutType[] {LayoutType.BATCH, LayoutType.CHANNEL, LayoutType.WIDTH};
  }

  @Override
  protected String getStringLayout() {
    return "NCW";
  }

  @Override
  protected int numDimensions() {
    return 3;
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
