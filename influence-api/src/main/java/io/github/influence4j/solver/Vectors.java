/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

/** Sums over vectors, four at a time, always in the same order. */
final class Vectors {
  private Vectors() {}

  static double dot(double[] a, double[] b) {
    return dot(a, b, a.length);
  }

  /** Over the first elements. */
  static double dot(double[] a, double[] b, int length) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 3 < length; i += 4) {
      s0 += a[i] * b[i];
      s1 += a[i + 1] * b[i + 1];
      s2 += a[i + 2] * b[i + 2];
      s3 += a[i + 3] * b[i + 3];
    }
    for (; i < length; i++) {
      s0 += a[i] * b[i];
    }
    return s0 + s1 + (s2 + s3);
  }

  static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }

  /** {@code to += factor from}. */
  static void add(double factor, double[] from, double[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * from[i];
    }
  }

  /** {@code to = factor to + from}. */
  static void scaleAndAdd(double factor, double[] to, double[] from) {
    for (int i = 0; i < to.length; i++) {
      to[i] = factor * to[i] + from[i];
    }
  }

  static void scale(double factor, double[] vector) {
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= factor;
    }
  }

  static double[][] copy(double[][] vectors) {
    double[][] out = new double[vectors.length][];
    for (int i = 0; i < out.length; i++) {
      out[i] = vectors[i].clone();
    }
    return out;
  }
}
