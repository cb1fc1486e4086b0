/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

/** Standard normal numbers from a counter, so that each depends on the seed and its place alone. */
public final class NormalMatrix {
  /** Columns beyond the rank. */
  public static final int OVERSAMPLING = 10;

  private NormalMatrix() {}

  /**
   * The test matrix of a randomised decomposition.
   *
   * @param seed the seed
   * @param count how many numbers
   * @return numbers of mean 0 and variance 1 (Box and Muller 1958)
   */
  public static double[] of(long seed, int count) {
    double[] out = new double[count];
    for (int i = 0; i < count; i += 2) {
      double radius = Math.sqrt(-2 * StrictMath.log(uniform(seed, i)));
      double angle = 2 * Math.PI * uniform(seed, i + 1);
      out[i] = radius * StrictMath.cos(angle);
      if (i + 1 < count) {
        out[i + 1] = radius * StrictMath.sin(angle);
      }
    }
    return out;
  }

  /** In (0, 1], by the finalizer of SplitMix64 (Steele et al. 2014). */
  private static double uniform(long seed, long counter) {
    long z = seed * 0xd1342543de82ef95L + (counter + 1) * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    z ^= z >>> 31;
    return ((z >>> 11) + 1) * 0x1p-53;
  }
}
