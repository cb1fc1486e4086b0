/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

/**
 * The test matrix of a randomised decomposition (Halko et al. 2011): standard normal numbers from a
 * counter, so that each depends on the seed and its place alone.
 */
public final class TestMatrix {
  /** Columns beyond the rank, at most. */
  public static final int OVERSAMPLING = 10;

  private TestMatrix() {}

  /**
   * How many columns it has.
   *
   * @param rank of the decomposition
   * @param outputs rows of what is decomposed
   * @param inputs columns of what is decomposed
   * @return the rank and a few more, but no more than either side
   */
  public static int width(int rank, int outputs, int inputs) {
    return Math.min(rank + OVERSAMPLING, Math.min(outputs, inputs));
  }

  /**
   * The matrix.
   *
   * @param seed the seed
   * @param rows rows of the matrix
   * @param columns its columns
   * @return numbers of mean 0 and variance 1, row-major (Box and Muller 1958)
   */
  public static double[] of(long seed, int rows, int columns) {
    double[] out = new double[Math.multiplyExact(rows, columns)];
    for (int i = 0; i < out.length; i += 2) {
      double radius = Math.sqrt(-2 * StrictMath.log(uniform(seed, i)));
      double angle = 2 * Math.PI * uniform(seed, i + 1);
      out[i] = radius * StrictMath.cos(angle);
      if (i + 1 < out.length) {
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
