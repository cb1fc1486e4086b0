/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import io.github.influence4j.capture.CounterRandom;
import java.util.TreeSet;

/** Some examples of all, every set of that size equally likely (Floyd's algorithm). */
final class ControlSample {
  private ControlSample() {}

  /**
   * At most {@code count} numbers below {@code examples}, ascending; the same for the same seed.
   */
  static long[] of(long examples, int count, long seed) {
    TreeSet<Long> chosen = new TreeSet<>();
    for (long last = Math.max(0, examples - count); last < examples; last++) {
      long drawn = (long) (CounterRandom.uniform(seed, 0, last) * (last + 1));
      if (!chosen.add(drawn)) {
        chosen.add(last);
      }
    }
    return chosen.stream().mapToLong(Long::longValue).toArray();
  }
}
