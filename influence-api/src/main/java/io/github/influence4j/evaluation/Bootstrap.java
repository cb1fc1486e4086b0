/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import io.github.influence4j.capture.CounterRandom;

/** How often each thing is drawn, with replacement; the same numbers for all methods. */
final class Bootstrap {
  static final int DRAWS = 1000;

  /** Any number; all estimates must share it to be compared draw by draw. */
  private static final long SEED = 0x45564944L;

  private Bootstrap() {}

  /**
   * One draw.
   *
   * @param what tells kinds of things apart, which are drawn independently
   */
  static int[] counts(int things, int draw, int what) {
    int[] counts = new int[things];
    for (int i = 0; i < things; i++) {
      long place = (long) draw << 8 | what;
      counts[(int) (CounterRandom.uniform(SEED, place, i) * things)]++;
    }
    return counts;
  }
}
