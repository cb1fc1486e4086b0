/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.store.Safetensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells the layers from the shapes of their tensors and the options. */
final class LayerPlan {
  private final List<LayerSpec> layers = new ArrayList<>();

  LayerPlan(Safetensors file, CaptureNames names, CaptureOptions options) {
    for (String layer : options.withoutBias()) {
      requireLayer("--no-bias", layer, names.layers());
    }
    for (String layer : options.tied()) {
      requireLayer("--tied", layer, names.layers());
    }
    Map<String, ConvGeometry> geometries = new HashMap<>();
    for (ConvGeometry geometry : options.convolutions()) {
      requireLayer("--conv", geometry.layer(), names.layers());
      Check.that(
          geometries.put(geometry.layer(), geometry) == null,
          "--conv names layer \"%s\" twice; give it once.",
          geometry.layer());
    }
    for (String layer : names.layers()) {
      LayerTensors tensors = LayerTensors.read(file, Side.TRAIN, Kind.GRAD, layer, 0);
      LayerSpec spec = spec(tensors, geometries.get(layer));
      layers.add(options.withoutBias().contains(layer) ? spec.withoutBias() : spec);
    }
  }

  List<LayerSpec> layers() {
    return layers;
  }

  private static LayerSpec spec(LayerTensors tensors, @Nullable ConvGeometry geometry) {
    String layer = tensors.layer();
    int inputs = LayerTensors.features(tensors.activations());
    int outputs = LayerTensors.features(tensors.gradients());
    if (geometry != null && tensors.sequence()) {
      int channels = Math.toIntExact(tensors.activations().size(1));
      int filters = Math.toIntExact(tensors.gradients().size(1));
      return LayerSpec.conv1d(layer, geometry.oneDimensional(channels, filters));
    }
    if (geometry != null) {
      return LayerSpec.conv2d(layer, geometry.withChannels(inputs, outputs));
    }
    Check.that(
        !tensors.image(),
        "Tensor \"%s\" has 4 dimensions, so layer \"%s\" is a convolution; describe it:"
            + " --conv %s:k=3,stride=1,pad=1.",
        tensors.activationsName(),
        layer,
        layer);
    return LayerSpec.linear(layer, inputs, outputs);
  }

  private static void requireLayer(String option, String layer, List<String> layers) {
    Check.that(
        layers.contains(layer),
        "%s names layer \"%s\", which the file does not have; its layers are %s.",
        option,
        layer,
        layers);
  }
}
