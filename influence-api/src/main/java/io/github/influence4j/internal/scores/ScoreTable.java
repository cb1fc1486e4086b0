/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * All results of one run.
 *
 * @param dampings in the order asked for
 * @param results everything kept
 * @param layers names of the layers
 * @param examples training examples or groups
 * @param trainingPasses replays of the training data
 * @param explanation the plan in words
 */
record ScoreTable(
    List<Damping> dampings,
    QueryGrid<QueryResult> results,
    List<String> layers,
    long examples,
    int trainingPasses,
    String explanation) {

  ScoreOptions options() {
    return results.get(0).options;
  }

  int queries() {
    return results.queries();
  }

  double @Nullable [] dense(int damping, int query) {
    return results.get(damping, query).dense();
  }

  double @Nullable [] denseLayer(String layer, int damping, int query) {
    requireLayer(layer);
    return results.get(damping, query).denseLayer(layer);
  }

  double hitLayer(String layer, int damping, int query, long example) {
    requireLayer(layer);
    Map<String, Double> parts = results.get(damping, query).hitLayers.get(example);
    Double part = parts == null ? null : parts.get(layer);
    if (part == null) {
      throw new IllegalStateException(
          "No layer scores of example "
              + example
              + " for query "
              + query
              + "; ask with ScoreOptions.withPerLayer, and for hits of this query.");
    }
    return part;
  }

  double[] rows(int damping, int query, long example) {
    double[] parts = results.get(damping, query).rows.get(example);
    if (parts == null) {
      throw new IllegalStateException(
          "No row scores of example "
              + example
              + " for query "
              + query
              + "; ask with ScoreOptions.withPerRow or withPerQueryRow, and for hits where only a"
              + " top-k was asked for.");
    }
    return parts;
  }

  @Nullable TopK hits(int damping, int query) {
    return results.get(damping, query).hits;
  }

  double residual(String layer, int damping, int query) {
    requireLayer(layer);
    return results.get(damping, query).residuals.getOrDefault(layer, 0.0);
  }

  OptionalDouble rankAgreement(int damping, int query) {
    double value = results.get(damping, query).rankAgreement;
    return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  private void requireLayer(String layer) {
    if (!layers.contains(layer)) {
      throw new IllegalArgumentException(
          "No layer \"" + layer + "\"; the layers are " + layers + ".");
    }
  }
}
