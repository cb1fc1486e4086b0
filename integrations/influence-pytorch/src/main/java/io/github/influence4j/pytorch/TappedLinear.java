/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;

/**
 * A linear layer whose calls are recorded while gradients are captured, and which is the layer
 * itself otherwise. Made by {@link Taps#linear}.
 */
public final class TappedLinear {
  private final Taps taps;
  private final String name;
  private final LinearImpl module;

  TappedLinear(Taps taps, String name, LinearImpl module) {
    this.taps = taps;
    this.name = name;
    this.module = module;
  }

  /**
   * Calls the layer.
   *
   * @param input [examples, inputs] or [examples, rows, inputs], or packed [rows, inputs]; neither
   *     it nor the result may be changed in place afterwards
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
  public LinearImpl module() {
    return module;
  }
}
