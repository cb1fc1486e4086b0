/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;

/**
 * A layer whose calls are recorded while gradients are captured, and which is the layer itself
 * otherwise. Made by {@link Taps}.
 *
 * @param <M> the layer's own class
 */
public abstract sealed class TappedLayer<M extends Module>
    permits TappedLinear, TappedConv1d, TappedConv2d {
  private final CallRecorder calls;
  private final String name;
  private final M module;
  private final UnaryOperator<Tensor> layer;

  TappedLayer(CallRecorder calls, String name, M module, UnaryOperator<Tensor> layer) {
    this.calls = calls;
    this.name = name;
    this.module = module;
    this.layer = layer;
  }

  /**
   * Calls the layer.
   *
   * @param input of the shape that the layer takes; neither it nor the result may be changed in
   *     place afterwards
   * @return what the layer returns
   */
  public final Tensor forward(Tensor input) {
    return calls.call(name, module.is_training(), layer, input);
  }

  /**
   * The layer, which holds the parameters.
   *
   * @return the module that was tapped
   */
  public final M module() {
    return module;
  }
}
