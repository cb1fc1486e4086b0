/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import java.util.Arrays;
import java.util.Random;

/**
 * Random data that can be had again: every run takes a fresh seed and prints it, {@code
 * -Dinfluence4j.seed=N} repeats a run.
 */
public final class SeededRandom {
  private static final long SEED = Long.getLong("influence4j.seed", System.nanoTime());

  static {
    System.out.println("seed=" + SEED + " (repeat with -Dinfluence4j.seed=" + SEED + ")");
  }

  private SeededRandom() {}

  /**
   * A generator of its own for each place, whatever other tests draw.
   *
   * @param place strings and numbers that name the place
   * @return a generator that depends on the seed and the place
   */
  public static Random at(Object... place) {
    Random random = new Random(SEED * 0x9E3779B97F4A7C15L + Arrays.hashCode(place));
    random.nextLong();
    return random;
  }

  /**
   * Standard normal numbers.
   *
   * @param random the generator
   * @param count how many
   * @return a new array
   */
  public static double[] gaussians(Random random, int count) {
    double[] out = new double[count];
    Arrays.setAll(out, i -> random.nextGaussian());
    return out;
  }
}
