/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks that layers make a model. */
public final class ModelLayers {
  private ModelLayers() {}

  /**
   * Checks names and shared inputs.
   *
   * @param layers all tracked layers
   * @return an immutable copy
   */
  public static List<LayerSpec> checked(List<LayerSpec> layers) {
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("No layers; name at least one layer to track.");
    }
    Map<String, LayerSpec> byName = new HashMap<>();
    for (LayerSpec layer : layers) {
      if (byName.put(layer.name(), layer) != null) {
        throw new IllegalArgumentException("Two layers are named \"" + layer.name() + "\".");
      }
    }
    for (LayerSpec layer : layers) {
      if (layer.inputOf() != null) {
        LayerSpec owner = byName.get(layer.inputOf());
        boolean alike =
            owner != null
                && owner.inputOf() == null
                && owner.inputs() == layer.inputs()
                && owner.bias() == layer.bias()
                && sameGeometry(owner.convolution(), layer.convolution());
        if (!alike) {
          throw new IllegalArgumentException(
              "Layer \""
                  + layer.name()
                  + "\" cannot share the input of \""
                  + layer.inputOf()
                  + "\": name a layer of this model with its own input, the same number of inputs,"
                  + " a bias where this one has a bias and, for a convolution, the same kernel,"
                  + " stride, padding, dilation and groups.");
        }
      }
    }
    return List.copyOf(layers);
  }

  /** Whether two convolutions unfold an input into the same rows, whatever their outputs. */
  private static boolean sameGeometry(@Nullable Conv2d a, @Nullable Conv2d b) {
    if (a == null || b == null) {
      return a == null && b == null;
    }
    return a.groups() == b.groups() && a.withOutChannels(b.outChannels()).equals(b);
  }

  /**
   * Refuses factors of another model.
   *
   * @param layers of the model
   * @param fitted those that there are factors for
   * @throws IllegalArgumentException if they are not the same, in the same order
   */
  public static void requireSame(List<LayerSpec> layers, List<LayerSpec> fitted) {
    if (!fitted.equals(layers)) {
      List<LayerSpec> missing = new ArrayList<>(layers);
      missing.removeAll(fitted);
      List<LayerSpec> foreign = new ArrayList<>(fitted);
      foreign.removeAll(layers);
      if (missing.isEmpty() && foreign.isEmpty()) {
        throw new IllegalArgumentException(
            "These factors are of the same layers in another order; build Influence with "
                + fitted.stream().map(LayerSpec::name).toList()
                + ".");
      }
      throw new IllegalArgumentException(
          "These factors belong to another model: without factors are "
              + missing
              + ", not in the model are "
              + foreign
              + ". Fit again, or load the factors of this "
              + "model.");
    }
  }
}
