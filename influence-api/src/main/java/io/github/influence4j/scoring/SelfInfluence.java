/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.curvature.Damping;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The self-influence of every training example. Immutable. */
public final class SelfInfluence {
  private final List<Damping> dampings;
  private final double[][] scores;
  private final Map<String, double[][]> layers;

  SelfInfluence(List<Damping> dampings, double[][] scores, Map<String, double[][]> layers) {
    this.dampings = dampings;
    this.scores = scores;
    this.layers = layers;
  }

  /**
   * Number of training examples.
   *
   * @return N
   */
  public int examples() {
    return scores[0].length;
  }

  /**
   * All scores for the first damping.
   *
   * @return [N], not negative but for rounding
   */
  public double[] scores() {
    return scores[0].clone();
  }

  /**
   * All scores for one of the dampings asked for.
   *
   * @param damping one of them
   * @return [N]
   */
  public double[] scores(Damping damping) {
    return scores[DampingIndex.of(dampings, damping)].clone();
  }

  /**
   * One layer's part of the scores, for the first damping.
   *
   * @param layer its name
   * @return [N]; over all layers the parts add up to the scores
   * @throws IllegalStateException if perLayer was not asked for
   */
  public double[] layerScores(String layer) {
    return layerScores(layer, dampings.get(0));
  }

  /**
   * One layer's part of the scores.
   *
   * @param layer its name
   * @param damping one of those asked for
   * @return [N]
   * @throws IllegalStateException if perLayer was not asked for
   */
  public double[] layerScores(String layer, Damping damping) {
    double[][] parts = layers.get(layer);
    if (parts == null) {
      throw new IllegalStateException(
          "No scores of layer \""
              + layer
              + "\"; there are some for "
              + layers.keySet()
              + " (ask with ScoreOptions.withPerLayer).");
    }
    return parts[DampingIndex.of(dampings, damping)].clone();
  }

  /**
   * The examples with the highest self-influence, for the first damping.
   *
   * @param k how many
   * @return at most k hits, highest first
   */
  public List<Hit> top(int k) {
    return IntStream.range(0, examples())
        .mapToObj(e -> new Hit(e, scores[0][e]))
        .sorted(Comparator.comparingDouble(Hit::score).reversed())
        .limit(k)
        .toList();
  }
}
