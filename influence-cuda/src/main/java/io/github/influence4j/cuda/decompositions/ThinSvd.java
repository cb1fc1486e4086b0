/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.decompositions;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Product;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.cuda.rows.Conversions;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.spi.support.TestMatrix;

/**
 * {@code X ≈ left rightᵀ} of rank r in float64, {@code left = U_r Σ_r}, {@code right = V_r}, by
 * eigenvectors of the smaller of {@code X Xᵀ} and {@code XᵀX}. The product is the projection of X
 * on the singular vectors found, so squaring loses accuracy only among singular values below 1e-8
 * of the largest, where it does not show.
 */
public final class ThinSvd {
  private static final int POWER_ITERATIONS = 2;
  private static final double FLOOR = 1e-24;

  private final Engine engine;
  private final EigenSolver eigen;
  private final Orthonormal orthonormal;

  public ThinSvd(Engine engine, Conversions conversions) {
    this.engine = engine;
    this.eigen = new EigenSolver(engine, conversions);
    this.orthonormal = new Orthonormal(engine, eigen);
  }

  /** Bytes that decomposing [rows, columns] takes, with the matrix and the results. */
  public long bytes(int rows, int columns, Truncation truncation) {
    int rank = truncation.rank();
    long fixed = 8L * rows * columns + 8L * rank * (rows + columns);
    if (!truncation.randomised()) {
      return fixed + fullBytes(Math.min(rows, columns), rank);
    }
    int w = TestMatrix.width(rank, rows, columns);
    return fixed + 16L * w * (rows + columns) + 8L * w * columns + fullBytes(w, w);
  }

  /**
   * Of {@link #full} where the smaller side is n, and of {@link Orthonormal} where both ranks are.
   */
  private long fullBytes(int n, int rank) {
    return 8L * n * n + eigen.bytesOnDevice(n, 1) + 16L * n * rank;
  }

  /**
   * A full decomposition, cut.
   *
   * @param x [rows, columns]; not changed
   * @param left receives [rows, rank]
   * @param right receives [columns, rank]
   */
  public void full(long x, int rows, int columns, int rank, long left, long right) {
    int n = Math.min(rows, columns);
    boolean wide = rows <= columns;
    long gram = engine.scratch(Scratch.Slot.GRAM, 8L * n * n);
    Product square =
        wide
            ? Product.byTransposed(n, n, columns, columns, columns, n)
            : Product.transposed(n, n, rows, columns, columns, n);
    multiply(square, x, x, gram);
    EigenSolver.Decomposed decomposed = eigen.onDevice(gram, n, 1);
    double[] values = Transfers.doubles(engine.staging(), decomposed.values(), ElementType.F64, n);
    Product select =
        decomposed.inRows()
            ? Product.transposed(n, rank, n, n, rank, rank)
            : Product.plain(n, rank, n, n, rank, rank);
    long vectors = decomposed.vectors();
    if (!wide) {
      multiply(select, vectors, selection(values, rank, 0), right);
      multiply(Product.plain(rows, rank, n, columns, rank, rank), x, right, left);
      return;
    }
    multiply(select, vectors, selection(values, rank, 1), left);
    long scaled = engine.scratch(Scratch.Slot.PRODUCT, 8L * n * rank);
    multiply(select, vectors, selection(values, rank, -1), scaled);
    multiply(Product.transposed(columns, rank, rows, columns, rank, rank), x, scaled, right);
  }

  /** [n, rank] that takes the last columns in reverse, times {@code σ^power}. */
  private long selection(double[] values, int rank, int power) {
    int n = values.length;
    double largest = values[n - 1];
    double[] take = new double[n * rank];
    for (int k = 0; k < rank && largest > 0; k++) {
      double sigma = Math.sqrt(Math.max(values[n - 1 - k], largest * FLOOR));
      take[(n - 1 - k) * rank + k] = power == 0 ? 1 : power > 0 ? sigma : 1 / sigma;
    }
    long address = engine.scratch(Scratch.Slot.SELECTION, 8L * n * rank);
    Transfers.upload(engine.staging(), address, take);
    return address;
  }

  /**
   * A randomised decomposition: Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1. Arguments
   * as in {@link #full}.
   */
  public void randomised(
      long x, int rows, int columns, int rank, long seed, long left, long right) {
    int w = TestMatrix.width(rank, rows, columns);
    long range = engine.scratch(Scratch.Slot.RANGE, 16L * rows * w);
    long corange = engine.scratch(Scratch.Slot.CORANGE, 16L * columns * w);
    Product toRange = Product.plain(rows, w, columns, columns, w, w);
    Product toCorange = Product.transposed(columns, w, rows, columns, w, w);
    multiply(toRange, x, testMatrix(columns, w, seed), range);
    long q = orthonormal.of(range, range + 8L * rows * w, rows, w);
    for (int i = 0; i < POWER_ITERATIONS; i++) {
      multiply(toCorange, x, q, corange);
      long z = orthonormal.of(corange, corange + 8L * columns * w, columns, w);
      multiply(toRange, x, z, range);
      q = orthonormal.of(range, range + 8L * rows * w, rows, w);
    }
    // Qᵀ X is small: [w, columns].
    multiply(Product.transposed(w, columns, rows, w, columns, columns), q, x, corange);
    long small = engine.scratch(Scratch.Slot.TEST_MATRIX, 8L * columns * w);
    full(corange, w, columns, rank, small, right);
    multiply(Product.plain(rows, rank, w, w, rank, rank), q, small, left);
  }

  private long testMatrix(int rows, int columns, long seed) {
    double[] omega = TestMatrix.of(seed, rows, columns);
    long address = engine.scratch(Scratch.Slot.TEST_MATRIX, 8L * omega.length);
    Transfers.upload(engine.staging(), address, omega);
    return address;
  }

  private void multiply(Product p, long a, long b, long c) {
    engine.blas().multiplyDoubles(p, 1, a, b, 0, c);
  }
}
