/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.capture.CounterRandom;

/**
 * Which examples a step's product is over. Each epoch takes the examples in another order, which
 * depends on the seed and the epoch alone, and leaves out those that fill no batch.
 *
 * @param size examples in a batch; 0 for all of them in every step
 * @param seed of the orders
 */
public record MiniBatches(int size, long seed) {
  /** All examples in every step. */
  public static final MiniBatches ALL = new MiniBatches(0, 0);

  /** Checks the size. */
  public MiniBatches {
    if (size < 0) {
      throw new IllegalArgumentException("A mini-batch has 1 or more examples, got " + size + ".");
    }
  }

  /** Whether a step's product is over all examples. */
  boolean whole(long examples) {
    return size == 0 || size >= examples;
  }

  /** A random place for each example of an epoch. */
  long key(long epoch, long example) {
    return CounterRandom.bits(seed, epoch, example);
  }
}
