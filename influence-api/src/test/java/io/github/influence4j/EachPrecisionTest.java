/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.ComputeBackend;
import java.util.List;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;

/**
 * A test that every backend runs in each of its precisions, which it names by an {@code
 * EnumSource}.
 */
@ParameterizedClass(name = "{0}")
public abstract class EachPrecisionTest extends BackendTest {
  /** The arithmetic under test. */
  @Parameter Precision precision;

  /** For subclasses. */
  protected EachPrecisionTest() {}

  final boolean isDouble() {
    return precision == Precision.F64;
  }

  final Influence influence(List<LayerSpec> layers, CurvatureStrategy strategy) {
    return Influence.builder()
        .layers(layers)
        .strategy(strategy)
        .backend(provider().name())
        .precision(precision)
        .threads(2)
        .build();
  }

  final ComputeBackend backend() {
    return provider().create(BackendOptions.of(precision, 2));
  }
}
