/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Tells the layers from the shapes of their tensors and the options. */
final class CaptureLayers {
  private CaptureLayers() {}

  static List<LayerSpec> read(Safetensors file, CaptureNames names, CaptureOptions options) {
    requireLayers("withoutBias or --no-bias", options.withoutBias(), names.layers());
    requireLayers("withTied or --tied", options.tied().layers(), names.layers());
    requireLayers("withConvolution or --conv", options.convolutions().keySet(), names.layers());
    List<LayerSpec> layers = new ArrayList<>();
    for (String layer : names.layers()) {
      CaptureUse first = CaptureUse.read(file, CaptureSide.TRAIN, CaptureKind.GRAD, layer, 0);
      LayerSpec spec = spec(first, options.convolutions().get(layer));
      layers.add(options.withoutBias().contains(layer) ? spec.withoutBias() : spec);
    }
    return List.copyOf(layers);
  }

  private static LayerSpec spec(
      CaptureUse first, @Nullable BiFunction<long[], long[], Conv2d> geometry) {
    String layer = first.layer();
    if (geometry != null) {
      long[] input = first.activations().shape();
      return LayerSpec.conv2d(layer, geometry.apply(input, first.gradients().shape()));
    }
    Check.that(
        !first.image(),
        "Tensor \"%s\" has 4 dimensions, so layer \"%s\" is a convolution; describe it:"
            + " --conv %s:k=3,stride=1,pad=1 (in Java: withConvolution).",
        first.activationsName(),
        layer,
        layer);
    return LayerSpec.linear(
        layer, CaptureUse.features(first.activations()), CaptureUse.features(first.gradients()));
  }

  private static void requireLayers(String option, Collection<String> named, List<String> layers) {
    for (String layer : named) {
      Check.that(
          layers.contains(layer),
          "%s names layer \"%s\", which the file does not have; its layers are %s.",
          option,
          layer,
          layers);
    }
  }
}
