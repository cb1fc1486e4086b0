/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.scores;

import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.Tile;
import java.util.List;

/**
 * Scores of examples of one row against dense queries, {@code out[q][e] = Σ_ij V_q[i][j] a_e[i]
 * x_e[j]}: one product with the examples' outer products, which are formed while they are packed.
 */
final class SingleRowScores {
  /** Queries that are held in packed form at a time. */
  private static final long PACKED_BYTES = 4L << 20;

  private final Engine engine;

  SingleRowScores(Engine engine) {
    this.engine = engine;
  }

  /**
   * Computes them.
   *
   * @param left rows a [rows, outputs]
   * @param right rows x [rows, inputs]
   * @param rows how many
   * @param queries dense matrices
   * @param out where to write [queries, stride]
   * @param stride values per query in {@code out}
   * @param first the first value of each query
   */
  void compute(
      Matrix left, Matrix right, int rows, Queries queries, double[] out, int stride, int first) {
    if (queries.count() == 0) {
      return;
    }
    long lines = roundUp(queries.count(), KernelConstants.ROW_UNIT);
    long ldo = roundUp(rows, KernelConstants.COLUMN_UNIT);
    long sums = engine.arena().take(8 * lines * ldo);
    Kernels.zero(sums, 8 * lines * ldo);
    long elements = (long) queries.outputs() * queries.inputs();
    long unit = lines * engine.elementBytes() * KernelConstants.OUTER_UNIT;
    long units =
        Math.min(
            Math.max(1, engine.budget().batch(PACKED_BYTES) / unit),
            (elements + KernelConstants.OUTER_UNIT - 1) / KernelConstants.OUTER_UNIT);
    long packed = engine.arena().take(units * unit);
    long a = engine.matrix(left);
    long x = engine.matrix(right);
    List<Tile> tiles =
        Tile.cut(
            queries.count(),
            rows,
            queries.count(),
            KernelConstants.OUTER_ROWS,
            engine.enoughTasks());
    long wave = units * KernelConstants.OUTER_UNIT;
    for (long k = 0; k < elements; k += wave) {
      long from = k;
      long some = Math.min(wave, elements - k);
      pack(queries, from, some, packed, unit);
      engine.run(
          tiles.size(),
          (index, workspace) ->
              add(tiles.get(index), a, x, queries, packed, from, some, sums, ldo, workspace));
    }
    double[] values = new double[rows];
    for (int q = 0; q < queries.count(); q++) {
      engine.arena().read(sums + 8L * q * ldo, values);
      System.arraycopy(values, 0, out, q * stride + first, rows);
    }
  }

  private void pack(Queries queries, long from, long some, long packed, long unit) {
    int units = (int) ((some + KernelConstants.OUTER_UNIT - 1) / KernelConstants.OUTER_UNIT);
    engine.run(
        units,
        (index, workspace) -> {
          long before = (long) index * KernelConstants.OUTER_UNIT;
          NativeException.check(
              Kernels.packQueries(
                  engine.kernels(),
                  queries.address(),
                  queries.count(),
                  from + before,
                  Math.min(KernelConstants.OUTER_UNIT, some - before),
                  packed + index * unit),
              "infl_pack_queries");
        });
  }

  private void add(
      Tile tile,
      long a,
      long x,
      Queries queries,
      long packed,
      long from,
      long some,
      long sums,
      long ldo,
      long workspace) {
    NativeException.check(
        Kernels.outerTile(
            engine.kernels(),
            a,
            x,
            tile.column(),
            tile.columns(),
            queries.inputs(),
            packed,
            queries.count(),
            tile.row(),
            tile.rows(),
            from,
            some,
            sums,
            ldo,
            workspace),
        "infl_outer_tile");
  }

  private static long roundUp(int n, int unit) {
    return (long) (n + unit - 1) / unit * unit;
  }
}
