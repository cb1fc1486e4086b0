/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.spi.CovarianceUpdate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Adds rows to covariances, tile by tile of their lower triangles. */
final class Covariances {
  private static final int MAX_ROWS = 192;
  private static final int MAX_COLUMNS = Kernels.MAX_TILE_COLUMNS;

  private record Work(CpuCovariance target, int block, long matrix, int rows, Tile tile) {
    /** Elements to compute, those above the diagonal left out. */
    long size() {
      int last = Math.min(tile.columns(), tile.row() + tile.rows() / 2 - tile.column());
      return (long) tile.rows() * last * rows;
    }
  }

  private final Engine engine;
  private final Inputs inputs;

  Covariances(Engine engine, Inputs inputs) {
    this.engine = engine;
    this.inputs = inputs;
  }

  void accumulate(List<CovarianceUpdate> updates) {
    List<Work> work = new ArrayList<>();
    for (CovarianceUpdate update : updates) {
      CpuCovariance target = CpuCovariance.of(update, engine);
      Matrix x = inputs.matrix(update.rows());
      for (int b = 0; b < target.blocks(); b++) {
        cut(target, b, engine.matrix(x.dropColumns(target.first(b))), update.rows().rows(), work);
      }
    }
    work.sort(Comparator.comparingLong(Work::size).reversed());
    engine.run(work.size(), (index, workspace) -> add(work.get(index), workspace));
    for (CovarianceUpdate update : updates) {
      CpuCovariance.of(update, engine).count(update.rows().rows());
    }
  }

  private void cut(CpuCovariance target, int block, long matrix, int rows, List<Work> work) {
    int n = target.dimension(block);
    for (Tile tile : Tile.cut(n, n, MAX_ROWS, MAX_COLUMNS, engine.enoughTasks())) {
      if (tile.column() < tile.row() + tile.rows()) {
        work.add(new Work(target, block, matrix, rows, tile));
      }
    }
  }

  private void add(Work work, long workspace) {
    NativeException.check(
        Kernels.covarianceTile(
            engine.kernels(),
            work.matrix,
            work.rows,
            work.target.counted(),
            work.tile.row(),
            work.tile.rows(),
            work.tile.column(),
            work.tile.columns(),
            work.target.partial(work.block),
            work.target.master(work.block),
            work.target.dimension(work.block),
            workspace),
        "infl_covariance_tile");
  }
}
