/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.curvature.Damping;
import java.util.List;

/** Finds a damping among those that were asked for. */
final class DampingIndex {
  private DampingIndex() {}

  static int of(List<Damping> dampings, Damping damping) {
    int index = dampings.indexOf(damping);
    if (index < 0) {
      throw new IllegalArgumentException(
          "No scores for damping " + damping + "; there are some for " + dampings + ".");
    }
    return index;
  }
}
