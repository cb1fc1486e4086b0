/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Tensor;

/**
 * A convolution whose calls are recorded while gradients are captured, and which is the layer
 * itself otherwise. Made by {@link Taps#conv2d}.
 */
public final class TappedConv2d {
  private final Taps taps;
  private final String name;
  private final Conv2dImpl module;

  TappedConv2d(Taps taps, String name, Conv2dImpl module) {
    this.taps = taps;
    this.name = name;
    this.module = module;
  }

  /**
   * Calls the layer.
   *
   * @param input [examples, channels, height, width]; neither it nor the result may be changed in
   *     place afterwards
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
  public Conv2dImpl module() {
    return module;
  }
}
