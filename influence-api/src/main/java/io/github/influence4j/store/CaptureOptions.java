/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.Conv2d;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * What a capture file does not tell of its layers; without a word each is linear, with a bias, and
 * the curvature is fitted to {@code train.grad.*}.
 *
 * <pre>{@code
 * CaptureOptions options = CaptureOptions.defaults()
 *     .withConvolution("stem", Conv2d.of(3, 64, 7).withStride(2).withPadding(3))
 *     .withoutBias("stem")
 *     .withTied("decoder")
 *     .withPseudoGradients();
 * }</pre>
 */
public final class CaptureOptions {
  private static final CaptureOptions DEFAULTS =
      new CaptureOptions(Set.of(), Map.of(), TiedLayers.unstated(), false);

  private final Set<String> withoutBias;
  private final Map<String, BiFunction<long[], long[], Conv2d>> convolutions;
  private final TiedLayers tied;
  private final boolean pseudoGradients;

  private CaptureOptions(
      Set<String> withoutBias,
      Map<String, BiFunction<long[], long[], Conv2d>> convolutions,
      TiedLayers tied,
      boolean pseudoGradients) {
    this.withoutBias = withoutBias;
    this.convolutions = convolutions;
    this.tied = tied;
    this.pseudoGradients = pseudoGradients;
  }

  /**
   * Linear layers with a bias; what the file's metadata say of tied layers.
   *
   * @return the options to start from
   */
  public static CaptureOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Names layers without a bias.
   *
   * @param layers their names
   * @return a copy
   */
  public CaptureOptions withoutBias(String... layers) {
    return new CaptureOptions(joined(withoutBias, layers), convolutions, tied, pseudoGradients);
  }

  /**
   * Describes a convolution.
   *
   * @param layer its name; its inputs are [examples, channels, height, width]
   * @param geometry as the model has it
   * @return a copy
   * @throws IllegalArgumentException if the layer is described already
   */
  public CaptureOptions withConvolution(String layer, Conv2d geometry) {
    return withConvolution(layer, (input, output) -> geometry);
  }

  /**
   * Describes a one-dimensional convolution, whose tensors would pass for rows of a linear layer.
   *
   * @param layer its name; its inputs are [examples, channels, length]
   * @param geometry as the model has it
   * @return a copy
   * @throws IllegalArgumentException if the layer is described already
   */
  public CaptureOptions withConvolution(String layer, Conv1d geometry) {
    return withConvolution(layer, geometry.asConv2d());
  }

  /**
   * Describes a convolution of which a part is told from its tensors, such as the channels.
   *
   * @param layer its name
   * @param geometry makes it from the shapes of {@code train.act.L} and {@code train.grad.L}
   * @return a copy
   * @throws IllegalArgumentException if the layer is described already
   */
  public CaptureOptions withConvolution(String layer, BiFunction<long[], long[], Conv2d> geometry) {
    Map<String, BiFunction<long[], long[], Conv2d>> all = new LinkedHashMap<>(convolutions);
    Check.that(
        all.put(layer, geometry) == null,
        "withConvolution or --conv names layer \"%s\" twice; give it once.",
        layer);
    return new CaptureOptions(withoutBias, Collections.unmodifiableMap(all), tied, pseudoGradients);
  }

  /**
   * Names layers that are used several times in one forward pass, whatever the file's metadata say.
   *
   * @param layers their names; the tensors of their further uses are named {@code L#1}, {@code L#2}
   * @return a copy
   * @throws IllegalArgumentException after {@link #withoutTied}
   */
  public CaptureOptions withTied(String... layers) {
    return tied(new TiedLayers(joined(tied.layers(), layers), tied.all()));
  }

  /**
   * States that no layer is used several times, whatever the file's metadata say: names such as
   * {@code L#1} are layers of their own.
   *
   * @return a copy
   * @throws IllegalArgumentException after {@link #withTied}
   */
  public CaptureOptions withoutTied() {
    return tied(new TiedLayers(tied.layers(), true));
  }

  private CaptureOptions tied(TiedLayers stated) {
    Check.that(
        stated.layers().isEmpty() || !stated.all(),
        "--tied and --untied contradict each other; give one of them (in Java: withTied or"
            + " withoutTied).");
    return new CaptureOptions(withoutBias, convolutions, stated, pseudoGradients);
  }

  /**
   * Fits the curvature to {@code train.pseudograd.*}, gradients for labels sampled from the model:
   * the true Fisher.
   *
   * @return a copy
   */
  public CaptureOptions withPseudoGradients() {
    return new CaptureOptions(withoutBias, convolutions, tied, true);
  }

  Set<String> withoutBias() {
    return withoutBias;
  }

  /** By layer: makes a geometry from the shapes of inputs and output gradients. */
  Map<String, BiFunction<long[], long[], Conv2d>> convolutions() {
    return convolutions;
  }

  TiedLayers tied() {
    return tied;
  }

  boolean pseudoGradients() {
    return pseudoGradients;
  }

  private static Set<String> joined(Set<String> some, String... more) {
    Set<String> all = new LinkedHashSet<>(some);
    all.addAll(Arrays.asList(more));
    return Collections.unmodifiableSet(all);
  }
}
