/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.cuda.device.DeviceTensor;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Product;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.Rotation;

/** Rotates dense matrices [P, M], many at a time, into the eigenbasis of a layer and out of it. */
public final class Rotator {
  private final Engine engine;
  private final Products products;

  public Rotator(Engine engine, Products products) {
    this.engine = engine;
    this.products = products;
  }

  /**
   * {@code Q_Sᵀ V Q_A} of each matrix. Uses the scratch of both arguments.
   *
   * @param from matrices [count, P, M], overwritten unless nothing is rotated
   * @param spare as much memory, overwritten
   * @return where the result is, one of the two
   */
  long into(Rotation rotation, long from, long spare, int count) {
    return both(rotation, from, spare, count, true);
  }

  /** {@code Q_S V Q_Aᵀ} of each matrix, as {@link #into}. */
  public long outOf(Rotation rotation, long from, long spare, int count) {
    return both(rotation, from, spare, count, false);
  }

  private long both(Rotation rotation, long from, long spare, int count, boolean into) {
    int outputs = rotation.gradients().dimension();
    int inputs = rotation.activations().dimension();
    long at = from;
    if (!rotation.gradients().isIdentity()) {
      fromLeft(rotation.gradients(), at, spare, inputs, count, into);
      at = spare;
    }
    if (!rotation.activations().isIdentity()) {
      long to = at == from ? spare : from;
      fromRight(rotation.activations(), at, to, outputs, count, into);
      at = to;
    }
    return at;
  }

  /**
   * {@code Q X}, or {@code Qᵀ X}, for matrices [count, dimension, columns] without gaps.
   *
   * @param transposed whether Q is
   */
  public void fromLeft(Basis q, long from, long to, int columns, int count, boolean transposed) {
    long size = (long) q.dimension() * columns;
    long row = 0;
    for (BackendTensor tensor : q.blocks()) {
      DeviceTensor block = DeviceTensor.of(tensor, engine);
      int d = (int) block.size(0);
      long shift = row * columns * engine.elementBytes();
      Product product =
          transposed
              ? Product.transposed(d, columns, d, d, columns, columns)
              : Product.plain(d, columns, d, d, columns, columns);
      products.multiply(product, block.address(), 0, from + shift, size, to + shift, size, count);
      row += d;
    }
  }

  private void fromRight(Basis q, long from, long to, int rows, int count, boolean into) {
    int columns = q.dimension();
    long size = (long) rows * columns;
    long column = 0;
    for (BackendTensor tensor : q.blocks()) {
      DeviceTensor block = DeviceTensor.of(tensor, engine);
      int d = (int) block.size(0);
      long shift = column * engine.elementBytes();
      Product product =
          into
              ? Product.plain(rows, d, d, columns, d, columns)
              : Product.byTransposed(rows, d, d, columns, d, columns);
      products.multiply(product, from + shift, size, block.address(), 0, to + shift, size, count);
      column += d;
    }
  }
}
