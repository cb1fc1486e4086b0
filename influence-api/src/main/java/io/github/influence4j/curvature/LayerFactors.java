/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.LayerSpec;
import java.util.List;

/**
 * What was fitted for one layer.
 *
 * @param layer the layer
 * @param rows rows that went into the covariances, padding not counted; 0 if the strategy has none
 * @param covarianceExamples examples that went into the covariances
 * @param squaresExamples examples that went into the squared gradients
 * @param parts one entry a group
 */
public record LayerFactors(
    LayerSpec layer,
    long rows,
    long covarianceExamples,
    long squaresExamples,
    List<PartFactors> parts) {
  /** Copies the list. */
  public LayerFactors {
    parts = List.copyOf(parts);
  }
}
