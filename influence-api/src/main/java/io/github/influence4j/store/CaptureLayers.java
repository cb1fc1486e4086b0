/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Tells the layers from the shapes of their tensors and what the user states. */
final class CaptureLayers {
  private static final String METADATA = "The file's metadata ";

  private CaptureLayers() {}

  /**
   * Tells them.
   *
   * @param linear what the options and the file state
   * @param tied the same
   */
  static List<LayerSpec> read(
      Safetensors file,
      CaptureNames names,
      LinearLayers linear,
      TiedLayers tied,
      CaptureOptions options) {
    requireLayers("withoutBias or --no-bias", options.withoutBias(), names.layers());
    requireLayers(
        options.tied().stated() ? "withTied or --tied" : METADATA + "\"tied\"",
        tied.layers(),
        names.layers());
    requireLinear(linear, names.layers());
    requireLayers("withConvolution or --conv", options.convolutions().keySet(), names.layers());
    for (String layer : options.convolutions().keySet()) {
      Check.that(
          !linear.options().containsKey(layer),
          "withConvolution or --conv names layer \"%s\", and so does --linear or --rows-first (in"
              + " Java: withLinear or withRowsFirst); say which it is.",
          layer);
    }
    List<LayerSpec> layers = new ArrayList<>();
    for (String layer : names.layers()) {
      CaptureUse first = CaptureUse.read(file, CaptureSide.TRAIN, CaptureKind.GRAD, layer, 0);
      LayerSpec spec = spec(first, linear, options.convolutions().get(layer));
      layers.add(options.withoutBias().contains(layer) ? spec.withoutBias() : spec);
    }
    return List.copyOf(layers);
  }

  private static LayerSpec spec(
      CaptureUse first,
      LinearLayers linear,
      @Nullable BiFunction<long[], long[], Conv2d> geometry) {
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
    requireOrder(first, linear);
    return LayerSpec.linear(
        layer, CaptureUse.features(first.activations()), CaptureUse.features(first.gradients()));
  }

  /** Sizes do not tell what three dimensions are. */
  private static void requireOrder(CaptureUse first, LinearLayers linear) {
    String layer = first.layer();
    Check.that(
        !first.sequence() || linear.order(layer) != LinearLayers.Order.UNSTATED,
        "Tensor \"%s\" has 3 dimensions, so layer \"%s\" may be linear, [examples, rows, columns], or"
            + " a 1-d convolution, [examples, channels, length]; say --linear %s (--linear alone for all"
            + " layers), --rows-first %s for [rows, examples, columns], or --conv %s:k=3; or write"
            + " \"linear\": \"%s\" into the file's metadata (in Java: withLinear, withRowsFirst or"
            + " withConvolution).",
        first.activationsName(),
        layer,
        layer,
        layer,
        layer,
        layer);
    Check.that(
        first.sequence() || !linear.rowsFirst(layer),
        "Layer \"%s\" is said to be rows-first, but tensor \"%s\" has no three dimensions [rows,"
            + " examples, columns]; do not name it.",
        layer,
        first.activationsName());
  }

  private static void requireLinear(LinearLayers linear, List<String> layers) {
    requireLinear(
        linear.options(), "withLinear or --linear", "withRowsFirst or --rows-first", layers);
    requireLinear(linear.file(), METADATA + "\"linear\"", METADATA + "\"rows-first\"", layers);
  }

  private static void requireLinear(
      Map<String, LinearLayers.Order> stated,
      String examplesFirst,
      String rowsFirst,
      List<String> layers) {
    stated.forEach(
        (layer, order) -> {
          if (!layer.equals(LinearLayers.ALL)) {
            requireLayers(
                order == LinearLayers.Order.ROWS_FIRST ? rowsFirst : examplesFirst,
                List.of(layer),
                layers);
          }
        });
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
