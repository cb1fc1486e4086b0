/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.RowLayout;
import io.github.influence4j.store.Safetensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells the layers from the shapes of their tensors and what the user states. */
final class LayerPlan {
  private final LayerKinds kinds;
  private final List<LayerSpec> layers = new ArrayList<>();

  LayerPlan(Safetensors file, CaptureNames names, LayerKinds kinds, CaptureOptions options) {
    this.kinds = kinds;
    requireLayers("--no-bias", options.withoutBias(), names.layers());
    requireLayers("--tied", options.tied(), names.layers());
    requireLayers("--linear", options.linear(), names.layers());
    requireLayers("--rows-first", options.rowsFirst(), names.layers());
    Map<String, ConvGeometry> geometries = new HashMap<>();
    for (ConvGeometry geometry : options.convolutions()) {
      requireLayers("--conv", Set.of(geometry.layer()), names.layers());
      Check.that(
          !kinds.options().containsKey(geometry.layer()),
          "--conv names layer \"%s\", and so does --linear or --rows-first; say which it is.",
          geometry.layer());
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

  private LayerSpec spec(LayerTensors tensors, @Nullable ConvGeometry geometry) {
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
    Check.that(
        !tensors.sequence() || kinds.layout(layer) != RowLayout.UNSTATED,
        "Tensor \"%s\" has 3 dimensions, so layer \"%s\" may be linear, [examples, rows, columns], or"
            + " a 1-d convolution, [examples, channels, length]; say --linear %s (--linear alone for all"
            + " layers), --rows-first %s for [rows, examples, columns], or --conv %s:k=3; or write"
            + " \"linear\": \"%s\" into the file's metadata.",
        tensors.activationsName(),
        layer,
        layer,
        layer,
        layer,
        layer);
    Check.that(
        tensors.sequence() || !kinds.rowsFirst(layer),
        "Layer \"%s\" is said to be rows-first, but tensor \"%s\" has no three dimensions [rows,"
            + " examples, columns]; do not name it.",
        layer,
        tensors.activationsName());
    return LayerSpec.linear(layer, inputs, outputs);
  }

  private static void requireLayers(String option, Set<String> named, List<String> layers) {
    for (String layer : named) {
      Check.that(
          layers.contains(layer) || layer.equals(LayerKinds.ALL),
          "%s names layer \"%s\", which the file does not have; its layers are %s.",
          option,
          layer,
          layers);
    }
  }
}
