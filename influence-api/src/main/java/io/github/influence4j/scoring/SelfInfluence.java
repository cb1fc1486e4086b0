/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.curvature.Damping;
import java.util.List;

/** The self-influence of every training example. Immutable. */
public interface SelfInfluence {
  /**
   * Number of training examples.
   *
   * @return N
   */
  long examples();

  /**
   * All scores for the first damping.
   *
   * @return [N], not negative but for rounding
   */
  double[] scores();

  /**
   * All scores for one of the dampings asked for.
   *
   * @param damping one of them
   * @return [N]
   */
  double[] scores(Damping damping);

  /**
   * One layer's part of the scores, for the first damping.
   *
   * @param layer its name
   * @return [N]; over all layers the parts add up to the scores
   * @throws IllegalStateException if perLayer was not asked for
   */
  double[] layerScores(String layer);

  /**
   * One layer's part of the scores.
   *
   * @param layer its name
   * @param damping one of those asked for
   * @return [N]
   * @throws IllegalStateException if perLayer was not asked for
   */
  double[] layerScores(String layer, Damping damping);

  /**
   * The examples with the highest self-influence, for the first damping.
   *
   * @param k how many
   * @return at most k hits, highest first
   */
  List<Hit> top(int k);
}
