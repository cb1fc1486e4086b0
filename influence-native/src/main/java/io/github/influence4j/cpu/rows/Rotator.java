/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cpu.memory.CpuTensor;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.spi.Basis;

/** Changes of basis, {@code x Q}, block by block. */
public final class Rotator {
  /** A diagonal block of a basis. */
  public record Block(int first, int size, Matrix vectors) {}

  private final Engine engine;

  public Rotator(Engine engine) {
    this.engine = engine;
  }

  /** The blocks of a basis that is not the identity. */
  public Block[] blocks(Basis basis) {
    Block[] blocks = new Block[basis.blocks().size()];
    int first = 0;
    for (int b = 0; b < blocks.length; b++) {
      CpuTensor vectors = CpuTensor.of(basis.blocks().get(b), engine, engine.type());
      int size = (int) vectors.size(0);
      blocks[b] = new Block(first, size, Matrix.dense(vectors.address(), engine.type(), size));
      first += size;
    }
    return blocks;
  }

  /**
   * Adds {@code x Q} to the products that will be computed; the identity needs none.
   *
   * @param products the list
   * @param x the rows
   * @param rows how many
   * @param basis Q
   * @return the rotated rows, in the arena, once the products are computed
   */
  public Matrix rows(Products products, Matrix x, int rows, Basis basis) {
    if (basis.isIdentity()) {
      return x;
    }
    ElementType type = engine.type();
    int n = basis.dimension();
    long out = engine.arena().take((long) rows * n * type.bytes());
    for (Block block : blocks(basis)) {
      long target = out + (long) block.first * type.bytes();
      products.add(
          new Products.Product(
              new Products.Side(x.dropColumns(block.first), false),
              new Products.Side(block.vectors, true),
              block.size,
              rows,
              block.size,
              target,
              n));
    }
    return Matrix.dense(out, type, n);
  }

  /**
   * Adds {@code Qᵀ x} ({@code transposed}) or {@code Q x} for a square basis and rows x in the
   * arena; the identity needs none.
   *
   * @param products the list
   * @param x as many rows as the basis has dimensions, {@code columns} stored columns
   * @param columns columns of x that count
   * @param basis Q
   * @param transposed whether Q is transposed
   * @param out where to write
   */
  public void left(
      Products products, Matrix x, int columns, Basis basis, boolean transposed, long out) {
    for (Block block : blocks(basis)) {
      long target = out + (long) block.first * columns * engine.elementBytes();
      products.add(
          new Products.Product(
              new Products.Side(block.vectors, transposed),
              new Products.Side(x.dropRows(block.first), true),
              block.size,
              block.size,
              columns,
              target,
              columns));
    }
  }

  /** Adds {@code x Qᵀ}, like {@link #left}. */
  public void right(Products products, Matrix x, int rows, Basis basis, long out) {
    for (Block block : blocks(basis)) {
      long target = out + (long) block.first * engine.elementBytes();
      products.add(
          new Products.Product(
              new Products.Side(x.dropColumns(block.first), false),
              new Products.Side(block.vectors, false),
              block.size,
              rows,
              block.size,
              target,
              basis.dimension()));
    }
  }
}
