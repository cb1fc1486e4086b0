/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import io.github.influence4j.cpu.memory.CpuTensor;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.NativeMemory;
import io.github.influence4j.cpu.memory.Tasks;
import io.github.influence4j.spi.support.BackendOperations;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.openblas.global.openblas;

/**
 * The eigendecomposition of one symmetric matrix in float64: {@code C = H T Hᵀ} with T tridiagonal
 * (LAPACK's dsytrd), {@code T = Z Λ Zᵀ} by divide and conquer (dstedc), {@code Q = H Z}. These are
 * the steps of dsyevd; but here the last one applies three times as many of H's reflectors at a
 * time, and to columns of Z that cores share. All but dstedc end soon when they are given up.
 */
public final class Eigenproblem {
  /**
   * Reflectors that are applied together, as {@code I - V F Vᵀ} (Schreiber and Van Loan 1989). Of
   * 32 to 256, from here on more of them make it no faster. Decides on bits, so never on threads.
   */
  private static final int REFLECTORS = 96;

  /** Eigenvectors that one task makes. */
  private static final int COLUMNS = 256;

  /** Rows or columns of blocks that stay in the cache while they are transposed. */
  private static final int BLOCK = 32;

  private final BackendOperations operations;
  private final int number;
  private final int n;
  private final long matrix;
  private final long vectors;
  private final long work;
  private final long diagonal;
  private final long offDiagonal;
  private final long scales;
  private final long factors;
  private final long integers;

  /**
   * A problem to solve.
   *
   * @param operations ends an operation that was given up
   * @param number of the matrix, for errors
   * @param n its dimension
   * @param memory {@link #bytes}, aligned to 64, that belong to it until it is solved
   */
  Eigenproblem(BackendOperations operations, int number, int n, long memory) {
    this.operations = operations;
    this.number = number;
    this.n = n;
    this.matrix = memory;
    this.vectors = matrix + doubles((long) n * n);
    this.work = vectors + doubles((long) n * n);
    this.diagonal = work + doubles(words(n));
    this.offDiagonal = diagonal + doubles(n);
    this.scales = offDiagonal + doubles(n);
    this.factors = scales + doubles(n);
    this.integers = factors + doubles((long) REFLECTORS * REFLECTORS * panels(n));
  }

  /** The memory that a matrix of dimension n takes. */
  public static long bytes(int n) {
    return 2 * doubles((long) n * n)
        + doubles(words(n))
        + 3 * doubles(n)
        + doubles((long) REFLECTORS * REFLECTORS * panels(n))
        + doubles(integers(n));
  }

  private static long doubles(long count) {
    return 64 * (count / 8 + 1);
  }

  /** What dsytrd and dstedc want, the latter more. */
  private static int words(int n) {
    return n * n + 4 * n + 64;
  }

  private static int integers(int n) {
    return 5 * n + 3;
  }

  private static int panels(int n) {
    return (Math.max(0, n - 1) + REFLECTORS - 1) / REFLECTORS;
  }

  /**
   * Decomposes the mean of a matrix [n, n] and its transpose.
   *
   * @param eigenvectors [n, n]: receives them in columns
   * @return the eigenvalues, ascending
   */
  double[] solve(double[] a, CpuTensor eigenvectors, Tasks tasks) {
    operations.checkInterrupted();
    double[] out = new double[a.length];
    tasks.run((n + BLOCK - 1) / BLOCK, (index, workspace) -> symmetrise(a, index * BLOCK));
    tridiagonal();
    tasks.run(panels(n), (index, workspace) -> factor(index));
    tasks.run(
        (n + COLUMNS - 1) / COLUMNS,
        (index, workspace) -> {
          int first = index * COLUMNS;
          int count = Math.min(COLUMNS, n - first);
          transform(first, count, workspace);
          for (int column = first; column < first + count; column += BLOCK) {
            read(column, Math.min(BLOCK, first + count - column), out);
          }
        });
    double[] values = new double[n];
    at(diagonal, n).get(values, 0, n);
    eigenvectors.put(out);
    return values;
  }

  private void symmetrise(double[] a, int firstRow) {
    int rows = Math.min(BLOCK, n - firstRow);
    double[] mean = new double[rows * n];
    for (int first = 0; first < n; first += BLOCK) {
      int last = Math.min(n, first + BLOCK);
      for (int i = 0; i < rows; i++) {
        int row = firstRow + i;
        for (int j = first; j < last; j++) {
          mean[i * n + j] = 0.5 * (a[row * n + j] + a[j * n + row]);
        }
      }
    }
    at(matrix + 8L * firstRow * n, mean.length).put(mean, 0, mean.length);
  }

  private void tridiagonal() {
    check(
        "LAPACKE_dsytrd",
        new Tridiagonalisation(operations, n, matrix, diagonal, offDiagonal, scales, work)
            .run(words(n)));
    operations.checkInterrupted();
    check(
        "LAPACKE_dstedc",
        openblas.LAPACKE_dstedc_work(
            openblas.LAPACK_COL_MAJOR,
            (byte) 'I',
            n,
            at(diagonal, n),
            at(offDiagonal, n),
            at(vectors, (long) n * n),
            Math.max(1, n),
            at(work, words(n)),
            words(n),
            new IntPointer(at(integers, n)),
            integers(n)));
  }

  private int first(int panel) {
    return panel * REFLECTORS;
  }

  private int count(int panel) {
    return Math.min(REFLECTORS, n - 1 - first(panel));
  }

  /** Where reflector {@code first(panel)} begins: below the diagonal of its column. */
  private DoublePointer below(int panel) {
    return at(matrix + 8 * (first(panel) * (n + 1L) + 1), n - 1 - first(panel));
  }

  private DoublePointer factors(int panel) {
    long size = (long) REFLECTORS * REFLECTORS;
    return at(factors + 8 * size * panel, size);
  }

  /** Makes the panel's triangular F. */
  private void factor(int panel) {
    check(
        "LAPACKE_dlarft",
        openblas.LAPACKE_dlarft_work(
            openblas.LAPACK_COL_MAJOR,
            (byte) 'F',
            (byte) 'C',
            n - 1 - first(panel),
            count(panel),
            below(panel),
            n,
            at(scales + 8L * first(panel), count(panel)),
            factors(panel),
            REFLECTORS));
  }

  /** Replaces columns of Z by those of H Z, the last panel of H first. */
  private void transform(int column, int columns, long workspace) {
    for (int panel = panels(n) - 1; panel >= 0; panel--) {
      operations.checkInterrupted();
      check(
          "LAPACKE_dlarfb",
          openblas.LAPACKE_dlarfb_work(
              openblas.LAPACK_COL_MAJOR,
              (byte) 'L',
              (byte) 'N',
              (byte) 'F',
              (byte) 'C',
              n - 1 - first(panel),
              columns,
              count(panel),
              below(panel),
              n,
              factors(panel),
              REFLECTORS,
              at(vectors + 8 * ((long) column * n + first(panel) + 1), (long) columns * n),
              n,
              at(workspace, (long) COLUMNS * REFLECTORS),
              COLUMNS));
    }
  }

  /** Copies eigenvectors, which LAPACK stores one after the other, to columns. */
  private void read(int column, int columns, double[] out) {
    double[] block = new double[columns * n];
    at(vectors + 8L * column * n, block.length).get(block, 0, block.length);
    for (int i = 0; i < n; i++) {
      for (int c = 0; c < columns; c++) {
        out[i * n + column + c] = block[c * n + i];
      }
    }
  }

  private void check(String function, int code) {
    if (code > 0) {
      throw new ArithmeticException(
          "The eigendecomposition of matrix "
              + number
              + " of dimension "
              + n
              + " did not converge ("
              + function
              + " returned "
              + code
              + "); check that its values are finite.");
    }
    if (code != 0) {
      throw new NativeException(function, code, "argument " + -code + " is not valid");
    }
  }

  private static DoublePointer at(long address, long count) {
    return NativeMemory.doubles(address, count);
  }
}
