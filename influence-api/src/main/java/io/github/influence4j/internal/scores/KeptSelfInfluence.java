/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.SelfInfluence;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The self-influence of every training example, as a run has kept it. */
final class KeptSelfInfluence implements SelfInfluence {
  private final List<Damping> dampings;
  private final double[][] scores;
  private final Map<String, double[][]> layers;

  KeptSelfInfluence(List<Damping> dampings, double[][] scores, Map<String, double[][]> layers) {
    this.dampings = dampings;
    this.scores = scores;
    this.layers = layers;
  }

  @Override
  public long examples() {
    return scores[0].length;
  }

  @Override
  public double[] scores() {
    return scores[0].clone();
  }

  @Override
  public double[] scores(Damping damping) {
    return scores[DampingIndex.of(dampings, damping)].clone();
  }

  @Override
  public double[] layerScores(String layer) {
    return layerScores(layer, dampings.get(0));
  }

  @Override
  public double[] layerScores(String layer, Damping damping) {
    double[][] parts = layers.get(layer);
    if (parts == null) {
      throw new IllegalStateException(
          "No scores of layer \""
              + layer
              + "\"; there are some for "
              + layers.keySet()
              + " (ask with SelfInfluenceOptions.withPerLayer).");
    }
    return parts[DampingIndex.of(dampings, damping)].clone();
  }

  @Override
  public List<Hit> top(int k) {
    return IntStream.range(0, scores[0].length)
        .mapToObj(e -> new Hit(e, scores[0][e]))
        .sorted(Comparator.comparingDouble(Hit::score).reversed())
        .limit(k)
        .toList();
  }
}
