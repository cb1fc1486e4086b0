/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.spi.SymmetricEigen;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.openblas.global.openblas;

/** Symmetric eigendecompositions by LAPACK's divide and conquer (dsyevd), one thread a matrix. */
final class EigenSolver {
  private final Engine engine;

  EigenSolver(Engine engine) {
    this.engine = engine;
  }

  List<SymmetricEigen> solve(List<double[]> matrices) {
    SymmetricEigen[] results = new SymmetricEigen[matrices.size()];
    int[] order =
        IntStream.range(0, results.length)
            .boxed()
            .sorted((a, b) -> matrices.get(b).length - matrices.get(a).length)
            .mapToInt(Integer::intValue)
            .toArray();
    engine.run(
        order.length, (index, workspace) -> results[order[index]] = solve(matrices, order[index]));
    return List.of(results);
  }

  private static SymmetricEigen solve(List<double[]> matrices, int number) {
    double[] a = matrices.get(number);
    int n = (int) Math.round(Math.sqrt(a.length));
    double[] values = new double[n];
    double[] vectors = new double[a.length];
    try (NativeMemory memory = new NativeMemory("Eigenvectors", 8L * a.length);
        NativeMemory eigenvalues = new NativeMemory("Eigenvalues", 8L * n)) {
      symmetrise(a, n, vectors);
      memory.put(0, vectors, 0, vectors.length);
      int code =
          openblas.LAPACKE_dsyevd(
              openblas.LAPACK_COL_MAJOR,
              (byte) 'V',
              (byte) 'L',
              n,
              memory.doubles(0),
              Math.max(1, n),
              eigenvalues.doubles(0));
      if (code != 0) {
        throw new ArithmeticException(
            "The eigendecomposition of matrix "
                + number
                + " of dimension "
                + n
                + " did not converge (LAPACKE_dsyevd returned "
                + code
                + "); check that its values are finite.");
      }
      memory.get(0, vectors);
      eigenvalues.get(0, values);
    }
    transpose(vectors, n);
    return new SymmetricEigen(n, values, vectors);
  }

  private static void symmetrise(double[] a, int n, double[] out) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double mean = 0.5 * (a[i * n + j] + a[j * n + i]);
        out[i * n + j] = mean;
        out[j * n + i] = mean;
      }
    }
  }

  /** In place, in blocks that stay in the cache. */
  private static void transpose(double[] a, int n) {
    int block = 32;
    for (int ib = 0; ib < n; ib += block) {
      for (int jb = 0; jb <= ib; jb += block) {
        for (int i = ib; i < Math.min(n, ib + block); i++) {
          for (int j = jb; j < Math.min(i, jb + block); j++) {
            double swap = a[i * n + j];
            a[i * n + j] = a[j * n + i];
            a[j * n + i] = swap;
          }
        }
      }
    }
  }
}
