/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.scores;

import io.github.influence4j.cpu.memory.Arena;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.Tile;
import io.github.influence4j.cpu.rows.ExampleRanges;
import java.util.ArrayList;
import java.util.List;

/** Scores of rows without their gradients, {@code out[q][t] = a_tᵀ V_q x_t}. */
final class RowScores {
  private static final int MIN_ROWS = 48;
  private static final int MAX_ROWS = 192;

  /** Rows of a task with dense queries: they share the second-level cache with columns of V_q. */
  private static final int MAX_DENSE_ROWS = 96;

  private record Work(int row, int rows, int query, int queries) {}

  private final Engine engine;

  RowScores(Engine engine) {
    this.engine = engine;
  }

  /**
   * Computes them.
   *
   * @param left rows a [rows, outputs]
   * @param right rows x [rows, inputs]
   * @param rows how many
   * @param queries the matrices
   * @param square whether a and x are squared
   * @return [queries, rows]
   */
  double[] compute(Matrix left, Matrix right, int rows, Queries queries, boolean square) {
    double[] result = new double[Math.multiplyExact(queries.count(), rows)];
    if (result.length == 0) {
      return result;
    }
    Arena.Mark mark = engine.arena().mark();
    long out = engine.arena().take(8L * result.length);
    long a = engine.matrix(left);
    long x = engine.matrix(right);
    if (queries.rank() == 0) {
      dense(a, x, queries, square, out, rows);
    } else {
      List<Work> work = cut(rows, MAX_ROWS, queries.outputs(), queries.count());
      Queries beside = sideBySide(queries);
      engine.run(
          work.size(),
          (index, workspace) -> lowRank(work.get(index), a, x, beside, out, rows, workspace));
    }
    engine.arena().read(out, result);
    engine.arena().release(mark);
    return result;
  }

  private List<Work> cut(int rows, int maxRows, int outputs, int queries) {
    int unit = KernelConstants.ROW_UNIT;
    int resident = KernelConstants.RESIDENT_ELEMENTS / outputs / unit * unit;
    int most = Math.max(MIN_ROWS, Math.min(maxRows, resident));
    List<Tile> tiles = Tile.cut(rows, 1, most, 1, engine.enoughTasks());
    int parts = (engine.enoughTasks() + tiles.size() - 1) / tiles.size();
    int each = Math.max(1, (queries + parts - 1) / parts);
    List<Work> work = new ArrayList<>();
    for (Tile tile : tiles) {
      for (int q = 0; q < queries; q += each) {
        work.add(new Work(tile.row(), tile.rows(), q, Math.min(each, queries - q)));
      }
    }
    return work;
  }

  /** Some queries at a time, packed for all rows. */
  private void dense(long a, long x, Queries queries, boolean square, long out, int rows) {
    long bytes = (long) queries.outputs() * queries.inputs() * engine.elementBytes();
    int group = (int) Math.max(1, Math.min(queries.count(), engine.budget().batch() / bytes));
    for (int q = 0; q < queries.count(); q += group) {
      int count = Math.min(group, queries.count() - q);
      int first = q;
      Arena.Mark mark = engine.arena().mark();
      ExampleRanges packed = pack(queries, first, count);
      List<Work> work = cut(rows, MAX_DENSE_ROWS, queries.outputs(), count);
      engine.run(
          work.size(),
          (index, workspace) ->
              dense(
                  work.get(index),
                  a,
                  x,
                  queries,
                  packed,
                  square,
                  out + 8L * (first + work.get(index).query) * rows,
                  rows,
                  workspace));
      engine.arena().release(mark);
    }
  }

  private ExampleRanges pack(Queries queries, int first, int count) {
    int k = queries.outputs();
    long before = (long) first * k * queries.inputs() * engine.elementBytes();
    Matrix values =
        Matrix.dense(queries.matrices().values() + before, engine.type(), queries.inputs());
    int[] begin = new int[count];
    int[] end = new int[count];
    for (int q = 0; q < count; q++) {
      begin[q] = q * k;
      end[q] = begin[q] + k;
    }
    return ExampleRanges.packed(engine, values, true, queries.inputs(), begin, end);
  }

  private void dense(
      Work work,
      long a,
      long x,
      Queries queries,
      ExampleRanges packed,
      boolean square,
      long out,
      int rows,
      long workspace) {
    long rowBytes = packed.rightLines() * engine.elementBytes();
    NativeException.check(
        Kernels.rowDense(
            engine.kernels(),
            a,
            x,
            work.row,
            work.rows,
            queries.address(),
            packed.packedRight() + (long) work.query * queries.outputs() * rowBytes,
            work.queries,
            square ? 1 : 0,
            out,
            rows,
            workspace),
        "infl_row_dense");
  }

  private void lowRank(
      Work work, long a, long x, Queries queries, long out, int rows, long workspace) {
    NativeException.check(
        Kernels.rowLowRank(
            engine.kernels(),
            a,
            x,
            work.row,
            work.rows,
            queries.address(),
            queries.count(),
            work.query,
            work.queries,
            out,
            rows,
            workspace),
        "infl_row_low_rank");
  }

  /** Copies factors [queries, n, rank] to [n, queries * rank]. */
  private Queries sideBySide(Queries queries) {
    int count = queries.count();
    int bytes = engine.elementBytes();
    long width = (long) count * queries.rank();
    long left = engine.arena().take(width * queries.outputs() * bytes);
    long right = engine.arena().take(width * queries.inputs() * bytes);
    long[] sources = new long[2 * count];
    for (int q = 0; q < count; q++) {
      long before = (long) q * queries.rank() * bytes;
      Matrix l =
          Matrix.dense(
              queries.matrices().left() + before * queries.outputs(),
              engine.type(),
              queries.rank());
      Matrix r =
          Matrix.dense(
              queries.matrices().right() + before * queries.inputs(),
              engine.type(),
              queries.rank());
      sources[2 * q] = engine.matrix(l);
      sources[2 * q + 1] = engine.matrix(r);
    }
    engine.run(
        2 * count,
        (index, workspace) -> {
          boolean isLeft = index % 2 == 0;
          long out = (isLeft ? left : right) + (long) (index / 2) * queries.rank() * bytes;
          int n = isLeft ? queries.outputs() : queries.inputs();
          NativeException.check(
              Kernels.convert(engine.kernels(), sources[index], 0, n, queries.rank(), out, width),
              "infl_convert");
        });
    return Queries.lowRank(
        engine, left, right, count, queries.outputs(), queries.inputs(), queries.rank());
  }
}
