/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import java.util.List;
import java.util.ServiceLoader;

/** A test that every backend runs in each of its precisions. */
public abstract class BackendTest {
  /** For subclasses. */
  protected BackendTest() {}

  /** The name of the backend under test. */
  protected abstract String backendName();

  /** The arithmetic under test. */
  protected abstract Precision precision();

  final boolean isDouble() {
    return precision() == Precision.F64;
  }

  final Influence influence(List<LayerSpec> layers, CurvatureStrategy strategy) {
    return Influence.builder()
        .layers(layers)
        .strategy(strategy)
        .backend(backendName())
        .precision(precision())
        .threads(2)
        .build();
  }

  final ComputeBackend backend() {
    for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
      if (provider.name().equals(backendName())) {
        return provider.create(BackendOptions.of(precision(), 2));
      }
    }
    throw new IllegalStateException("No backend " + backendName());
  }
}
