/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import java.util.Arrays;
import java.util.Random;

/**
 * Random data that can be had again: the same in every run unless {@code -Dinfluence4j.seed=random}
 * asks for a fresh seed, which is printed, or {@code -Dinfluence4j.seed=N} for that of another run.
 */
public final class SeededRandom {
  private static final long SEED = seed(System.getProperty("influence4j.seed", "1"));

  static {
    System.out.println("seed=" + SEED + " (repeat with -Dinfluence4j.seed=" + SEED + ")");
  }

  private SeededRandom() {}

  private static long seed(String asked) {
    return asked.equals("random") ? System.nanoTime() : Long.parseLong(asked);
  }

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
