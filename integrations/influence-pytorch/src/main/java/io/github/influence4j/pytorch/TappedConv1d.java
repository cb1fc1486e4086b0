/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import org.bytedeco.pytorch.Conv1dImpl;
import org.bytedeco.pytorch.Tensor;

/**
 * A one-dimensional convolution whose calls are recorded while gradients are captured, and which is
 * the layer itself otherwise. Made by {@link Taps#conv1d}.
 */
public final class TappedConv1d {
  private final Taps taps;
  private final String name;
  private final Conv1dImpl module;

  TappedConv1d(Taps taps, String name, Conv1dImpl module) {
    this.taps = taps;
    this.name = name;
    this.module = module;
  }

  /**
   * Calls the layer.
   *
   * @param input [examples, channels, length]; neither it nor the result may be changed in place
   *     afterwards
   * @return what the layer returns
   */
  public Tensor forward(Tensor input) {
    taps.requireEvaluation(name, module.is_training());
    return taps.record(name, input, module.forward(input));
  }

  /**
   * The layer, which holds the parameters.
   *
   * @return the module that was tapped
   */
  public Conv1dImpl module() {
    return module;
  }
}
