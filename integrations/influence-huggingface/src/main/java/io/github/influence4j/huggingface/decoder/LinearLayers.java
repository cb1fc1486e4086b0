/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.decoder;

import io.github.influence4j.pytorch.TappedLinear;
import io.github.influence4j.pytorch.Taps;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LinearOptions;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Makes the linear layers of a decoder from its tensors, tapped if they are to be tracked, with the
 * low-rank updates of an adapter if it has them.
 */
public final class LinearLayers {
  private final Map<String, Tensor> parameters;
  private final Map<String, LowRankUpdate> updates;
  private final Predicate<String> tracked;
  private final boolean inputsFirst;
  private final Taps taps = new Taps();
  private final Map<String, String> ownerOfInput = new HashMap<>();
  private final Map<String, Long> sizes = new LinkedHashMap<>();

  /**
   * Tensors to make layers from.
   *
   * @param parameters by name, with {@code .weight} and {@code .bias}
   * @param inputsFirst whether matrices are [inputs, outputs]
   * @param updates of an adapter by module; if there are any, they are tracked in place of the
   *     modules
   * @param tracked which modules to tap
   */
  public LinearLayers(
      Map<String, Tensor> parameters,
      boolean inputsFirst,
      Map<String, LowRankUpdate> updates,
      Predicate<String> tracked) {
    this.parameters = parameters;
    this.inputsFirst = inputsFirst;
    this.updates = updates;
    this.tracked = tracked;
  }

  /** The taps of all layers made so far. */
  public Taps taps() {
    return taps;
  }

  /** Parameters of every tapped layer. */
  public Map<String, Long> trackedSizes() {
    return sizes;
  }

  /**
   * Makes a layer.
   *
   * @param module its name
   * @param input a name for what it is fed, the same for layers that are fed the same tensor
   */
  UnaryOperator<Tensor> layer(String module, String input) {
    Tensor stored = parameter(module + ".weight");
    Tensor weight = inputsFirst ? stored.t() : stored;
    LinearImpl linear = linear(weight, parameters.get(module + ".bias"));
    LowRankUpdate update = updates.get(module);
    boolean tap = tracked.test(module);
    if (update == null) {
      return layer(module, linear, input, tap && updates.isEmpty());
    }
    UnaryOperator<Tensor> down = layer(update.downName(), linear(update.down(), null), input, tap);
    UnaryOperator<Tensor> up =
        layer(update.upName(), linear(update.up(), null), update.upName(), tap);
    return x -> linear.forward(x).add(up.apply(down.apply(x)).mul(update.scale()));
  }

  private UnaryOperator<Tensor> layer(String name, LinearImpl linear, String input, boolean tap) {
    return tap ? tapped(name, linear, input)::forward : linear::forward;
  }

  /** A parameter that must be there. */
  Tensor parameter(String name) {
    Tensor tensor = parameters.get(name);
    if (tensor == null) {
      throw new IllegalStateException("No parameter \"" + name + "\"");
    }
    return tensor;
  }

  private TappedLinear tapped(String name, LinearImpl linear, String input) {
    TappedLinear tapped = taps.linear(name, linear);
    String owner = ownerOfInput.putIfAbsent(input, name);
    if (owner != null) {
      taps.shareInput(name, owner);
    }
    long bias = linear.bias().defined() ? linear.bias().numel() : 0;
    sizes.put(name, linear.weight().numel() + bias);
    return tapped;
  }

  /** A module around tensors that are there: PyTorch would make and fill its own first. */
  private static LinearImpl linear(Tensor weight, @Nullable Tensor bias) {
    LinearOptions options = new LinearOptions(1, 1);
    options.bias().put(bias != null);
    LinearImpl linear = new LinearImpl(options);
    linear.weight(weight);
    if (bias != null) {
      linear.bias(bias);
    }
    linear.eval();
    return linear;
  }
}
