/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.decompositions;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Product;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Transfers;

/**
 * An orthonormal basis of the columns of a tall float64 matrix Y [m, w], w small, by eigenvectors
 * of {@code YᵀY}: nothing but products of tall matrices, which cuBLAS is good at. The first pass
 * turns the columns to principal directions; two more scale and correct them, which makes the
 * result as orthogonal as Householder's (compare Fukaya et al. 2020, shifted Cholesky QR).
 * Directions that Y does not have become columns of zeros.
 */
final class Orthonormal {
  // Below this a column, relative to the largest, is rounding.
  private static final double NEGLIGIBLE = 1e-14;

  private final Engine engine;
  private final EigenSolver eigen;

  Orthonormal(Engine engine, EigenSolver eigen) {
    this.engine = engine;
    this.eigen = eigen;
  }

  /**
   * Replaces Y by the basis.
   *
   * @param y [m, w], overwritten
   * @param spare as much memory, overwritten
   * @return where the basis is, one of the two
   */
  long of(long y, long spare, int m, int w) {
    pass(y, spare, m, w, false);
    pass(spare, y, m, w, true);
    pass(y, spare, m, w, true);
    return spare;
  }

  private void pass(long from, long to, int m, int w, boolean normalise) {
    long square = 8L * w * w;
    long gram = engine.scratch(Scratch.Slot.GRAM, square);
    Product inner = Product.transposed(w, w, m, w, w, w);
    engine.blas().multiplyDoubles(inner, 1, from, from, 0, gram);
    double[] scaled = download(gram, w * w);
    double[] scales = equilibrate(scaled, w);
    Transfers.upload(engine.staging(), gram, scaled);
    EigenSolver.Decomposed decomposed = eigen.onDevice(gram, w, 1);
    double[] values = download(decomposed.values(), w);
    double[] vectors = download(decomposed.vectors(), w * w);
    double[] turn = new double[w * w];
    for (int k = 0; k < w; k++) {
      double factor = normalise ? inverseRoot(values[k]) : 1;
      for (int i = 0; i < w; i++) {
        double v = decomposed.inRows() ? vectors[k * w + i] : vectors[i * w + k];
        turn[i * w + k] = scales[i] * v * factor;
      }
    }
    long selection = engine.scratch(Scratch.Slot.SELECTION, square);
    Transfers.upload(engine.staging(), selection, turn);
    engine.blas().multiplyDoubles(Product.plain(m, w, w, w, w, w), 1, from, selection, 0, to);
  }

  private double[] download(long from, int count) {
    return Transfers.doubles(engine.staging(), from, ElementType.F64, count);
  }

  private static double inverseRoot(double value) {
    return value <= NEGLIGIBLE ? 0 : 1 / Math.sqrt(value);
  }

  /**
   * Scales rows and columns so that the diagonal is 1; returns the scales, 0 where it was nothing.
   */
  private static double[] equilibrate(double[] gram, int w) {
    double largest = 0;
    for (int k = 0; k < w; k++) {
      largest = Math.max(largest, gram[k * w + k]);
    }
    double[] scales = new double[w];
    for (int k = 0; k < w; k++) {
      double square = gram[k * w + k];
      scales[k] = square <= largest * NEGLIGIBLE * NEGLIGIBLE ? 0 : 1 / Math.sqrt(square);
    }
    for (int i = 0; i < w; i++) {
      for (int j = 0; j < w; j++) {
        gram[i * w + j] *= scales[i] * scales[j];
      }
    }
    return scales;
  }
}
