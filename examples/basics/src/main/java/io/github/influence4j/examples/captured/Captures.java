/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.store.Safetensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The content of a capture file, checked down to the last number: layers, and what each of them saw
 * of the training examples and queries.
 */
final class Captures {
  private final CaptureNames names;
  private final List<LayerSpec> layers;
  private final CapturedSide training;
  private final CapturedSide pseudo;
  private final Optional<CapturedSide> queries;

  /**
   * Reads and checks everything.
   *
   * @param file stays open as long as this object is used
   * @param options what the file does not tell
   */
  Captures(Safetensors file, CaptureOptions options) {
    TiedLayers tied = TiedLayers.of(options.tied(), options.untied(), file.metadata().get("tied"));
    names = new CaptureNames(file.names(), options.pseudoGradients(), tied);
    LayerKinds kinds = LayerKinds.of(options.linear(), options.rowsFirst(), file.metadata());
    layers = new LayerPlan(file, names, kinds, options).layers();
    training = new CapturedSide(file, names, kinds, layers, Side.TRAIN, Kind.GRAD);
    pseudo =
        options.pseudoGradients()
            ? new CapturedSide(file, names, kinds, layers, Side.TRAIN, Kind.PSEUDOGRAD)
            : training;
    queries =
        names.hasQueries()
            ? Optional.of(new CapturedSide(file, names, kinds, layers, Side.QUERY, Kind.GRAD))
            : Optional.empty();
  }

  List<LayerSpec> layers() {
    return layers;
  }

  CapturedSide training() {
    return training;
  }

  /** What the factors are fitted to. */
  GradientSource curvatureSource() {
    return pseudo.source();
  }

  Optional<CapturedSide> queries() {
    return queries;
  }

  /** Tensors of the file that mean nothing to us. */
  List<String> ignored() {
    return new ArrayList<>(names.ignored());
  }
}
