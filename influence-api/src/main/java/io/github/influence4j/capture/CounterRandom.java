/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/**
 * Random numbers without state: the number at a place depends on the seed and the place alone, so
 * results do not change with batching, threads or partitions. Philox4x32-10 of Salmon et al. 2011,
 * "Parallel random numbers: as easy as 1, 2, 3".
 */
public final class CounterRandom {
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;

  private CounterRandom() {}

  /**
   * 64 random bits.
   *
   * @param seed the stream
   * @param high first half of the place
   * @param low second half of the place
   * @return the bits at that place
   */
  public static long bits(long seed, long high, long low) {
    int c0 = (int) low;
    int c1 = (int) (low >>> 32);
    int c2 = (int) high;
    int c3 = (int) (high >>> 32);
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = (MULTIPLIER_0 & 0xffffffffL) * (c0 & 0xffffffffL);
      long p1 = (MULTIPLIER_1 & 0xffffffffL) * (c2 & 0xffffffffL);
      int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c1 = (int) p1;
      c3 = (int) p0;
      c0 = n0;
      c2 = n2;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return (c0 & 0xffffffffL) | ((long) c1 << 32);
  }

  /**
   * A uniform number in (0, 1).
   *
   * @param seed the stream
   * @param high first half of the place
   * @param low second half of the place
   * @return the number at that place; never 0, never 1
   */
  public static double uniform(long seed, long high, long low) {
    return ((bits(seed, high, low) >>> 12) + 0.5) * 0x1p-52;
  }

  /**
   * A standard normal number (Box-Muller).
   *
   * @param seed the stream
   * @param high first half of the place
   * @param low second half of the place
   * @return the number at that place
   */
  public static double gaussian(long seed, long high, long low) {
    long bits = bits(seed, high, low);
    double u = ((bits >>> 32) + 0.5) * 0x1p-32;
    double v = (bits & 0xffffffffL) * 0x1p-32;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  }
}
