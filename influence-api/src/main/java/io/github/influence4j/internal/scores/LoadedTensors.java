/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.support.OwnedResource;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What of a curvature lies on a backend: eigenvectors by the number of their block, and the parts
 * of layers by their names. Keeps no curvature in memory, and is freed with it at the latest.
 */
final class LoadedTensors implements AutoCloseable {
  private final WeakReference<FittedCurvature> curvature;
  private final Map<Integer, BackendTensor> vectors = new HashMap<>();

  /** One a group, with weights of {@link #dampings}. */
  private final Map<String, List<LoadedPart>> parts = new HashMap<>();

  private final OwnedResource owned;
  private List<Damping> dampings = List.of();

  LoadedTensors(FittedCurvature curvature) {
    this.curvature = new WeakReference<>(curvature);
    Map<Integer, BackendTensor> allVectors = vectors;
    Map<String, List<LoadedPart>> allParts = parts;
    this.owned =
        OwnedResource.asLongAs(
            curvature, "What was loaded of a curvature", leaked -> free(allVectors, allParts));
  }

  private static void free(
      Map<Integer, BackendTensor> vectors, Map<String, List<LoadedPart>> parts) {
    parts.values().forEach(LoadedTensors::freeWeights);
    parts.clear();
    vectors.values().forEach(BackendTensor::close);
    vectors.clear();
  }

  private static void freeWeights(List<LoadedPart> loaded) {
    loaded.forEach(part -> part.weights().forEach(BackendTensor::close));
  }

  boolean areOf(FittedCurvature other) {
    return curvature.get() == other;
  }

  /** Frees all but some layers and blocks, and weights of other dampings. */
  void keepOnly(Set<String> layers, Set<Integer> blocks, List<Damping> wanted) {
    boolean sameDampings = wanted.equals(dampings);
    dampings = wanted;
    for (String layer : List.copyOf(parts.keySet())) {
      if (!sameDampings || !layers.contains(layer)) {
        freeWeights(parts.getOrDefault(layer, List.of()));
        parts.remove(layer);
      }
    }
    List<BackendTensor> unused = new ArrayList<>();
    vectors.forEach(
        (block, tensor) -> {
          if (!blocks.contains(block)) {
            unused.add(tensor);
          }
        });
    vectors.keySet().retainAll(blocks);
    unused.forEach(BackendTensor::close);
  }

  List<LoadedPart> parts(String layer, Supplier<List<LoadedPart>> load) {
    return parts.computeIfAbsent(layer, name -> load.get());
  }

  BackendTensor vectors(int block, Supplier<BackendTensor> load) {
    return vectors.computeIfAbsent(block, number -> load.get());
  }

  /** Idempotent. */
  @Override
  public void close() {
    owned.close();
  }
}
