/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.store.CapturedGradients;

/** Refuses runs whose scores cannot fit in the Java heap, before they take hours to fail. */
final class ScoreMemory {
  private ScoreMemory() {}

  /**
   * Compares with the heap: each score is held in float64, and once more as it is written.
   *
   * @param layers whose parts are kept, 0 for none
   * @param rows of a training example whose parts are kept, 0 for none
   */
  static void check(CapturedGradients captures, int layers, int rows) {
    double pairs =
        captures.queries().map(side -> (double) side.examples()).orElse(0.0)
            * captures.training().examples();
    double bytes = 2.0 * Double.BYTES * pairs * (1 + layers + rows);
    double heap = Runtime.getRuntime().maxMemory();
    double gibibyte = 1L << 30;
    Check.that(
        bytes < 0.9 * heap,
        "The scores need about %.1f GiB of memory, Java may use %.1f GiB; start it with -Xmx%.0fg,"
            + " capture fewer queries, or leave out --per-row.",
        bytes / gibibyte,
        heap / gibibyte,
        Math.ceil(1.5 * bytes / gibibyte));
  }
}
