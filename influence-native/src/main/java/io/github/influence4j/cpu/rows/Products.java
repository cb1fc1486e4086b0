/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.cpu.memory.Arena;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.Tile;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products that are computed together, each cut into tiles. Where many tiles read the same
 * right side, it is packed once.
 */
public final class Products {
  private static final int MAX_ROWS = 192;

  /** Rows from which on the right side is packed. */
  private static final int PACK_ROWS = 4 * MAX_ROWS;

  /**
   * A side of a product.
   *
   * @param matrix as it is stored
   * @param rowsAreK whether sums run over its rows: on the left it is then read transposed, on the
   *     right as it is
   */
  record Side(Matrix matrix, boolean rowsAreK) {}

  /**
   * A product [rows, columns].
   *
   * @param a left side
   * @param b right side
   * @param k the length of the sums
   * @param rows rows of the result
   * @param columns columns of the result
   * @param c where to write it
   * @param ldc elements from row to row
   */
  record Product(Side a, Side b, int k, int rows, int columns, long c, long ldc) {}

  private record Work(Product product, long address, @Nullable ExampleRanges packed, Tile tile) {}

  private final Engine engine;
  private final List<Product> products = new ArrayList<>();

  public Products(Engine engine) {
    this.engine = engine;
  }

  public void add(Product product) {
    products.add(product);
  }

  /** Computes all. */
  public void run() {
    int enough = (engine.enoughTasks() + products.size() - 1) / Math.max(1, products.size());
    Arena.Mark mark = engine.arena().mark();
    List<Work> work = new ArrayList<>();
    for (Product product : products) {
      long address =
          engine.product(
              product.a.matrix,
              product.a.rowsAreK,
              product.b.matrix,
              product.b.rowsAreK,
              product.k);
      ExampleRanges packed = product.rows < PACK_ROWS || product.k == 0 ? null : pack(product);
      for (Tile tile :
          Tile.cut(
              product.rows, product.columns, MAX_ROWS, KernelConstants.MAX_TILE_COLUMNS, enough)) {
        work.add(new Work(product, address, packed, tile));
      }
    }
    engine.run(work.size(), (index, workspace) -> multiply(work.get(index), workspace));
    engine.arena().release(mark);
    products.clear();
  }

  private ExampleRanges pack(Product product) {
    int unit = KernelConstants.OUTER_UNIT;
    int[] begin = new int[(product.k + unit - 1) / unit];
    int[] end = new int[begin.length];
    for (int i = 0; i < begin.length; i++) {
      begin[i] = i * unit;
      end[i] = Math.min(product.k, begin[i] + unit);
    }
    Side b = product.b;
    return ExampleRanges.packed(engine, b.matrix, b.rowsAreK, product.columns, begin, end);
  }

  private void multiply(Work work, long workspace) {
    Product product = work.product;
    Tile tile = work.tile;
    if (work.packed == null) {
      NativeException.check(
          Kernels.multiply(
              engine.kernels(),
              work.address,
              tile.row(),
              tile.rows(),
              tile.column(),
              tile.columns(),
              product.c,
              product.ldc,
              0,
              workspace),
          "infl_multiply");
      return;
    }
    NativeException.check(
        Kernels.multiplyByPacked(
            engine.kernels(),
            work.address,
            work.packed.packedRight(),
            work.packed.rightLines(),
            tile.row(),
            tile.rows(),
            tile.column(),
            tile.columns(),
            product.c,
            product.ldc,
            workspace),
        "infl_multiply_by_packed");
  }
}
