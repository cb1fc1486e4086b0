/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.fit;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What the memory budget leaves for accumulators that no plan can foresee: numbers of magnitudes
 * far apart are summed apart, each band of them in accumulators of its own, and only the data tell
 * how many bands there are.
 */
final class SpareMemory {
  private final long bytes;
  private final Map<String, Long> taken = new HashMap<>();

  /**
   * Spare memory.
   *
   * @param bytes how much; Long.MAX_VALUE for no limit
   */
  SpareMemory(long bytes) {
    this.bytes = bytes;
  }

  /**
   * Takes some.
   *
   * @param layer that needs it
   * @param more bytes
   * @throws IllegalArgumentException if there is not so much left
   */
  void take(String layer, long more) {
    taken.merge(layer, more, Long::sum);
    if (exceeded()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Layer \"%s\": numbers of magnitudes far apart are summed apart, for which %d bytes more"
                  + " do not fit into maxMemory; raise maxMemory, or call Influence.fit, which replays"
                  + " the data for some layers at a time.",
              layer,
              more));
    }
  }

  /** Whether more was asked for than there is. */
  boolean exceeded() {
    return taken.values().stream().mapToLong(Long::longValue).sum() > bytes;
  }

  /** Bytes by layer, those that were refused among them. */
  Map<String, Long> taken() {
    return taken;
  }
}
