/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.internal.rows.LayerParts;
import io.github.influence4j.spi.QueryFactors;
import java.util.Arrays;
import java.util.List;

/**
 * Preconditioned queries of a pass, ready to be dotted with training gradients.
 *
 * @param pass the pass
 * @param count queries in it
 * @param total queries in the whole run
 * @param parts query factors (see {@link QueryGrid}), layer after layer, one entry a group
 */
record PreparedQueries(ScoringPass pass, int count, int total, List<ScaledQueries> parts)
    implements AutoCloseable {

  /** Query factors of the whole run, which decide on the form of operations. */
  int planned() {
    return total * pass.dampings();
  }

  /** Largest relative residual of a layer's groups, for each query factor. */
  double[] residuals(int layer) {
    List<ScaledQueries> own = new LayerParts(pass.layers()).of(layer, parts);
    double[] largest = new double[pass.dampings() * count];
    for (ScaledQueries part : own) {
      if (part.factors() instanceof QueryFactors.LowRank low) {
        Arrays.setAll(largest, factor -> Math.max(largest[factor], low.residuals()[factor]));
      }
    }
    return largest;
  }

  /** Whether no query of any layer is divided by a power of two. */
  boolean unscaled() {
    return parts.stream().allMatch(ScaledQueries::unscaled);
  }

  @Override
  public void close() {
    parts.forEach(ScaledQueries::close);
  }
}
