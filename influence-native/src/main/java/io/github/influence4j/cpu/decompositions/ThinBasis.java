/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cpu.decompositions.ThinMatrix.LeftSide;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.NativeMemory;
import io.github.influence4j.cpu.memory.Tasks;
import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;

/** Bases of what a thin matrix's columns span, on one thread and in float64. */
final class ThinBasis {
  /**
   * Smallest diagonal element of R over the largest for which {@code X R⁻¹} is well conditioned:
   * XᵀX holds the squares, and float64 tells 2⁻⁴⁸ from rounding.
   */
  private static final double LEAST_PIVOT = 0x1p-24;

  /** These products need no workspace. */
  private static final Tasks HERE = Tasks.inside(0);

  private final Engine engine;
  private final ThinMatrix wide;
  private final ThinMatrix product;
  private final ThinMatrix small;
  private final DoublePointer smallValues;
  private final long factors;
  private final double[] square;

  /**
   * Takes memory from the engine's arena.
   *
   * @param engine the engine
   * @param rows most rows of a matrix
   * @param width columns of all matrices
   */
  ThinBasis(Engine engine, int rows, int width) {
    this.engine = engine;
    this.wide = ThinMatrix.zeros(engine, ElementType.F64, rows, width);
    this.product = ThinMatrix.zeros(engine, ElementType.F64, rows, width);
    this.small = ThinMatrix.zeros(engine, ElementType.F64, width, width);
    this.square = new double[width * small.stride()];
    this.smallValues = NativeMemory.doubles(small.data(), square.length);
    this.factors = engine.arena().take(8L * width);
  }

  /**
   * Replaces X by a well conditioned matrix of the same range: {@code X R⁻¹} with {@code RᵀR = XᵀX}
   * (CholeskyQR), or where X is close to a lower rank an orthonormal one.
   */
  void condition(ThinMatrix x) {
    wide.set(engine, x, x.rows());
    gram(x.rows());
    int width = small.width();
    if (!Lapack.cholesky(small.data(), width, small.stride()) || !takeTriangle()) {
      orthonormalise(x);
      return;
    }
    Lapack.invertTriangle(small.data(), width, small.stride());
    LeftSide rows = new LeftSide(wide.data(), wide.stride(), 1, x.rows(), width);
    product.setProduct(engine, HERE, rows, small);
    x.set(engine, product, x.rows());
  }

  /** Replaces X by an orthonormal basis of a space that holds its range (Householder). */
  void orthonormalise(ThinMatrix x) {
    wide.set(engine, x, x.rows());
    Lapack.orthonormalise(wide.data(), x.rows(), wide.width(), wide.stride(), factors);
    x.set(engine, wide, x.rows());
  }

  /**
   * The eigendecomposition of XᵀX.
   *
   * @param x the matrix
   * @param values receives the eigenvalues, ascending
   * @return eigenvectors in rows, as many elements apart as the rows of a thin matrix
   */
  double[] gramEigen(ThinMatrix x, double[] values) {
    wide.set(engine, x, x.rows());
    gram(x.rows());
    Lapack.eigen(small.data(), small.width(), small.stride(), factors);
    NativeMemory.doubles(factors, values.length).get(values);
    smallValues.get(square);
    return square;
  }

  private void gram(int rows) {
    LeftSide transposed = new LeftSide(wide.data(), 1, wide.stride(), wide.width(), rows);
    small.setProduct(engine, HERE, transposed, wide);
  }

  /** Clears what lies below the diagonal of R; false if R is close to singular. */
  private boolean takeTriangle() {
    smallValues.get(square);
    int stride = small.stride();
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (int i = 0; i < small.width(); i++) {
      double pivot = square[i * stride + i];
      least = Math.min(least, pivot);
      most = Math.max(most, pivot);
      Arrays.fill(square, i * stride, i * stride + i, 0);
    }
    smallValues.put(square);
    return least >= LEAST_PIVOT * most;
  }
}
