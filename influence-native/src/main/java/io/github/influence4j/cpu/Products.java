/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import java.util.ArrayList;
import java.util.List;

/** Matrix products that are computed together, each cut into tiles. */
final class Products {
  private static final int MAX_ROWS = 192;

  private record Product(long address, int rows, int columns, long c, long ldc) {}

  private record Work(Product product, Tile tile) {}

  private final Engine engine;
  private final List<Product> products = new ArrayList<>();

  Products(Engine engine) {
    this.engine = engine;
  }

  /**
   * Adds one.
   *
   * @param product an {@code infl_product}
   * @param rows rows of the result
   * @param columns columns of the result
   * @param c where to write it
   * @param ldc elements from row to row
   */
  void add(long product, int rows, int columns, long c, long ldc) {
    products.add(new Product(product, rows, columns, c, ldc));
  }

  /** Computes all. */
  void run() {
    int enough = (engine.enoughTasks() + products.size() - 1) / Math.max(1, products.size());
    List<Work> work = new ArrayList<>();
    for (Product product : products) {
      for (Tile tile :
          Tile.cut(product.rows, product.columns, MAX_ROWS, Kernels.MAX_TILE_COLUMNS, enough)) {
        work.add(new Work(product, tile));
      }
    }
    engine.run(
        work.size(),
        (index, workspace) -> multiply(work.get(index).product, work.get(index).tile, workspace));
    products.clear();
  }

  private void multiply(Product product, Tile tile, long workspace) {
    NativeException.check(
        Kernels.multiply(
            engine.kernels(),
            product.address,
            tile.row(),
            tile.rows(),
            tile.column(),
            tile.columns(),
            product.c,
            product.ldc,
            0,
            workspace),
        "infl_multiply");
  }
}
