/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.scores;

import io.github.influence4j.cpu.memory.Arena;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.Tile;
import io.github.influence4j.cpu.rows.RotatedExamples;
import java.util.ArrayList;
import java.util.List;

/**
 * Dots of examples' gradients, or their squares, with matrices. The gradient's tiles are cut by
 * shape alone and their dots are added in order, so threads and batches change no bit.
 */
final class GradientDots {
  /** Tiles are alike for any number of queries, which must not change each other's bits. */
  private static final int TILE_ROWS = 48;

  private static final int TILE_COLUMNS = KernelConstants.MAX_DOT_ELEMENTS / TILE_ROWS;

  /**
   * There are few batches of examples, so their tasks must be small for threads to end together.
   */
  private static final int TASKS = 2;

  private record Work(Tile tile, int example, int count, long examples, long out) {}

  private final Engine engine;

  GradientDots(Engine engine) {
    this.engine = engine;
  }

  /**
   * Adds to {@code out[q * stride + first + e]}.
   *
   * @param part products of the examples; of dense queries the same columns are used
   * @param count how many examples
   * @param queries the matrices
   * @param square whether to square the gradients
   * @param out where to add
   * @param stride examples per query in {@code out}
   * @param first the first example in {@code out}
   */
  void add(
      RotatedExamples.Part part,
      int count,
      Queries queries,
      boolean square,
      double[] out,
      int stride,
      int first) {
    Queries shifted =
        part.column() == 0
            ? queries
            : Queries.dense(
                engine,
                queries.matrices().values() + (long) part.column() * engine.elementBytes(),
                queries.count(),
                queries.outputs(),
                queries.inputs());
    List<Tile> tiles = Tile.cut(queries.outputs(), part.columns(), TILE_ROWS, TILE_COLUMNS, 1);
    int perWave =
        (int) Math.max(1, engine.budget().batch() / (8L * queries.count() * Math.max(1, count)));
    for (int from = 0; from < tiles.size(); from += perWave) {
      List<Tile> wave = tiles.subList(from, Math.min(tiles.size(), from + perWave));
      Arena.Mark mark = engine.arena().mark();
      List<Work> work = cut(wave, part, count, queries.count());
      engine.run(
          work.size(),
          (index, workspace) -> dot(work.get(index), part.product(), shifted, square, workspace));
      work.forEach(done -> collect(done, queries.count(), out, stride, first));
      engine.arena().release(mark);
    }
  }

  /** Tasks in the order in which their results are to be added. */
  private List<Work> cut(List<Tile> tiles, RotatedExamples.Part part, int count, int queries) {
    int parts = (TASKS * engine.enoughTasks() + tiles.size() - 1) / tiles.size();
    int each = part.ranges().divisible() ? Math.max(1, (count + parts - 1) / parts) : count;
    List<Work> work = new ArrayList<>();
    for (Tile tile : tiles) {
      for (int e = 0; e < count; e += each) {
        int n = Math.min(each, count - e);
        long out = engine.arena().take(8L * queries * n);
        work.add(new Work(tile, e, n, part.ranges().slice(engine, e, n), out));
      }
    }
    return work;
  }

  private void dot(Work work, long product, Queries queries, boolean square, long workspace) {
    NativeException.check(
        Kernels.dotTile(
            engine.kernels(),
            product,
            work.examples,
            work.tile.row(),
            work.tile.rows(),
            work.tile.column(),
            work.tile.columns(),
            queries.address(),
            0,
            queries.count(),
            square ? 1 : 0,
            work.out,
            workspace),
        "infl_dot_tile");
  }

  private void collect(Work work, int queries, double[] out, int stride, int first) {
    double[] values = new double[queries * work.count];
    engine.arena().read(work.out, values);
    for (int q = 0; q < queries; q++) {
      int at = q * stride + first + work.example;
      for (int e = 0; e < work.count; e++) {
        out[at + e] += values[q * work.count + e];
      }
    }
  }
}
