/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cpu.decompositions.ThinMatrix.LeftSide;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.NativeMemory;
import io.github.influence4j.cpu.memory.Tasks;

/**
 * Randomised truncation of a matrix D (Halko, Martinsson, Tropp 2011, algorithms 4.4 and 5.1): with
 * B = Dᵀ or D, whichever has fewer rows, {@code X = orth((BBᵀ)² B test)}, {@code Y = Bᵀ X}, and the
 * right singular vectors V of Y are the eigenvectors of YᵀY, so that {@code B ≈ (X V)(Y V)ᵀ} is
 * truncated by leaving out columns of V. Iterates are conditioned after each product, the last X is
 * made orthonormal.
 *
 * <p>Products run in the engine's precision, factorisations in float64.
 */
final class RangeFinder implements TruncatedSvd {
  /** After the product with the test matrix, BBᵀ is applied so many times. */
  private static final int POWER_ITERATIONS = 2;

  /** Singular values below this share of the largest are 0: their inverses may not be floats. */
  private static final double NEGLIGIBLE = 0x1p-60;

  private final Engine engine;
  private final boolean tall;
  private final LeftSide toFar;
  private final LeftSide toNear;
  private final ThinMatrix test;
  private final ThinMatrix left;
  private final ThinMatrix right;
  private final ThinMatrix near;
  private final ThinMatrix far;
  private final ThinMatrix mix;
  private final ThinMatrix mixDoubles;
  private final ThinBasis basis;
  private final double[] values;
  private final double[] mixed;

  /**
   * Takes memory from the engine's arena.
   *
   * @param engine the engine
   * @param d the matrix D
   * @param test Gaussian, as many rows as the longer side of D; columns are directions to sample
   * @param left L
   * @param right R
   */
  RangeFinder(Engine engine, LeftSide d, ThinMatrix test, ThinMatrix left, ThinMatrix right) {
    this.engine = engine;
    this.tall = d.columns() <= d.rows();
    this.toFar = tall ? d : d.transposed();
    this.toNear = toFar.transposed();
    this.test = test;
    this.left = left;
    this.right = right;
    int width = test.width();
    this.near = ThinMatrix.zeros(engine, engine.type(), toNear.rows(), width);
    this.far = ThinMatrix.zeros(engine, engine.type(), toFar.rows(), width);
    this.mix = ThinMatrix.zeros(engine, engine.type(), width, left.width());
    this.mixDoubles = ThinMatrix.zeros(engine, ElementType.F64, width, left.width());
    this.basis = new ThinBasis(engine, toFar.rows(), width);
    this.values = new double[width];
    this.mixed = new double[width * mix.stride()];
  }

  @Override
  public double truncate(Tasks tasks) {
    near.setProduct(engine, tasks, toNear, test);
    for (int i = 0; i < POWER_ITERATIONS; i++) {
      engine.operations().checkInterrupted();
      basis.condition(near);
      far.setProduct(engine, tasks, toFar, near);
      basis.condition(far);
      near.setProduct(engine, tasks, toNear, far);
    }
    basis.orthonormalise(near);
    far.setProduct(engine, tasks, toFar, near);
    double[] vectors = basis.gramEigen(far, values);
    double kept = 0;
    for (int c = 0; c < left.width(); c++) {
      kept += Math.max(0, values[values.length - 1 - c]);
    }
    mix(tasks, vectors, tall ? 0 : 1, tall ? far : near, left);
    mix(tasks, vectors, tall ? 0 : -1, tall ? near : far, right);
    return kept;
  }

  /** Sets out = x V diag(s)^power, V and s being the largest singular vectors and values. */
  private void mix(Tasks tasks, double[] vectors, int power, ThinMatrix x, ThinMatrix out) {
    int width = values.length;
    double largest = Math.sqrt(Math.max(0, values[width - 1]));
    for (int c = 0; c < out.width(); c++) {
      int number = width - 1 - c;
      double value = Math.sqrt(Math.max(0, values[number]));
      boolean nothing = value <= largest * NEGLIGIBLE;
      double factor = power == 0 ? 1 : power > 0 ? value : nothing ? 0 : 1 / value;
      for (int k = 0; k < width; k++) {
        mixed[k * mix.stride() + c] = factor * vectors[number * x.stride() + k];
      }
    }
    NativeMemory.doubles(mixDoubles.data(), mixed.length).put(mixed);
    mix.set(engine, mixDoubles, width);
    out.setProduct(engine, tasks, new LeftSide(x.data(), x.stride(), 1, x.rows(), width), mix);
  }
}
