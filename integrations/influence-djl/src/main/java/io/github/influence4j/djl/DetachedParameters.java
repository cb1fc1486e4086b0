/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import org.jspecify.annotations.Nullable;

/**
 * Hands out the model's parameters cut off from differentiation: DJL cannot differentiate with
 * respect to chosen arrays only, and would form all weight gradients and add them to the model's.
 */
final class DetachedParameters extends ParameterStore {
  private final BufferGuard guard;
  private final boolean trainingMode;

  DetachedParameters(NDManager manager, BufferGuard guard, boolean trainingMode) {
    super(manager, false);
    this.guard = guard;
    this.trainingMode = trainingMode;
  }

  /** Null for a parameter that the layer does not have, as layers without a bias ask. */
  @Override
  public @Nullable NDArray getValue(
      @Nullable Parameter parameter, Device device, boolean training) {
    if (parameter == null) {
      return null;
    }
    if (training && !trainingMode) {
      throw new IllegalStateException(
          "A block with the parameter \""
              + parameter.getName()
              + "\" of shape "
              + parameter.getShape()
              + " was called in training mode, where dropout and batch statistics falsify"
              + " gradients; pass on the mode that its parent was called with, or call"
              + " taps.allowTrainingMode() if you mean it.");
    }
    guard.keep(parameter.getArray());
    NDArray detached = parameter.getArray().stopGradient();
    detached.attach(getManager());
    return detached;
  }
}
