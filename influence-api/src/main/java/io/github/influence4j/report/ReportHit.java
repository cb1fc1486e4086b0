/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A training example in the list of a query.
 *
 * @param label what to call it, such as its number or its source
 * @param score its influence; positive for a proponent
 * @param tokens its text
 * @param layers each layer's part of the score, in model order; may be empty
 */
public record ReportHit(
    String label, double score, List<ReportToken> tokens, Map<String, Double> layers) {
  /** Copies the lists, refuses scores that are not finite. */
  public ReportHit {
    Objects.requireNonNull(label, "label");
    requireFinite(score, "the score of", label);
    tokens = List.copyOf(tokens);
    layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
    layers.forEach((layer, part) -> requireFinite(part, "the part of layer", layer));
  }

  static void requireFinite(double value, String what, String name) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "Finite numbers are needed, but " + what + " \"" + name + "\" is " + value + ".");
    }
  }

  /**
   * A hit with what the scores say about it: the parts of its tokens where {@link
   * ScoreOptions#perRow} was asked for, and of the layers where {@link ScoreOptions#perLayer} was.
   *
   * @param label what to call it
   * @param texts its tokens; see {@link ReportToken#scored} for which of them a score belongs to
   * @param scores of the run
   * @param query the number of the query
   * @param hit one of the query's proponents or opponents
   * @return the hit to show
   */
  public static ReportHit of(
      String label, List<String> texts, InfluenceScores scores, int query, Hit hit) {
    double[] rows = new double[0];
    if (scores.options().perRow()) {
      rows = scores.rowScores(query, hit.example());
    }
    Map<String, Double> layers = new LinkedHashMap<>();
    if (scores.options().perLayer()) {
      scores.layers().forEach(layer -> layers.put(layer, scores.layerScore(layer, query, hit)));
    }
    return new ReportHit(label, hit.score(), ReportToken.scored(texts, rows), layers);
  }
}
