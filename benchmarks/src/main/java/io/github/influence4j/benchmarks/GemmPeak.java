/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.compute.Precision;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;

/** What the machine's GEMM does now: the product of two matrices of 2048² by OpenBLAS. */
final class GemmPeak implements AutoCloseable {
  /** Dimension of the matrices. */
  static final int N = 2048;

  /** Operations of one product. */
  static final double OPERATIONS = 2.0 * N * N * N;

  private static final int REPETITIONS = 5;

  private final FloatPointer[] floats = new FloatPointer[3];
  private final DoublePointer[] doubles = new DoublePointer[3];
  private final boolean single;
  private final int threads;

  GemmPeak(Precision precision, int threads) {
    this.single = precision == Precision.F32;
    this.threads = threads;
    for (int i = 0; i < 3; i++) {
      if (single) {
        float[] values = new float[N * N];
        java.util.Arrays.fill(values, 0.5f);
        floats[i] = new FloatPointer(values);
      } else {
        double[] values = new double[N * N];
        java.util.Arrays.fill(values, 0.5);
        doubles[i] = new DoublePointer(values);
      }
    }
  }

  /** GFLOP/s, the best of five. */
  static double measure(Precision precision, int threads) {
    try (GemmPeak peak = new GemmPeak(precision, threads)) {
      peak.multiply();
      double best = Double.MAX_VALUE;
      for (int i = 0; i < REPETITIONS; i++) {
        long start = System.nanoTime();
        peak.multiply();
        best = Math.min(best, (System.nanoTime() - start) * 1e-9);
      }
      return OPERATIONS * 1e-9 / best;
    }
  }

  /** One product on the given number of threads; leaves OpenBLAS with one, as the backend wants. */
  void multiply() {
    openblas.blas_set_num_threads(threads);
    int order = openblas.CblasRowMajor;
    int no = openblas.CblasNoTrans;
    if (single) {
      openblas.cblas_sgemm(order, no, no, N, N, N, 1, floats[0], N, floats[1], N, 0, floats[2], N);
    } else {
      openblas.cblas_dgemm(
          order, no, no, N, N, N, 1, doubles[0], N, doubles[1], N, 0, doubles[2], N);
    }
    openblas.blas_set_num_threads(1);
  }

  @Override
  public void close() {
    for (int i = 0; i < 3; i++) {
      (single ? floats[i] : doubles[i]).close();
    }
  }
}
