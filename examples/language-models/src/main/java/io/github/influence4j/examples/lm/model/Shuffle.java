/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import java.util.Arrays;
import java.util.Random;

/** Endless repetition of the numbers below n, each round in another order. */
final class Shuffle {
  private final int[] order;
  private final long seed;
  private long round = -1;

  Shuffle(int n, long seed) {
    this.order = new int[n];
    this.seed = seed;
  }

  /** The number at a place of the repetition; depends on nothing that was asked before. */
  int at(long place) {
    long wanted = place / order.length;
    if (wanted != round) {
      round = wanted;
      shuffle(new Random(seed * 1_000_003 + round));
    }
    return order[(int) (place % order.length)];
  }

  private void shuffle(Random random) {
    Arrays.setAll(order, i -> i);
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
  }
}
