/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.cpu.memory.Arena;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.Tile;
import io.github.influence4j.spi.CovarianceUpdate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Adds rows to covariances, tile by tile of their lower triangles. Rows are packed once for all
 * tiles, a limited number of rows at a time.
 */
public final class Covariances {
  private static final int MAX_ROWS = 96;
  private static final int MAX_COLUMNS = 256;

  /** Packed rows that are held at a time, so that they stay in the last cache. */
  private static final long PACKED_BYTES = 8L << 20;

  /** Some rows for one block of a covariance, in the order in which they are to be added. */
  private record Part(CpuCovariance target, int block, Matrix x, int first, int rows) {
    long bytes(Engine engine) {
      return (long) rows * target.dimension(block) * engine.elementBytes();
    }

    boolean sameTarget(Part other) {
      return target == other.target && block == other.block;
    }
  }

  private record Work(Part part, ExampleRanges ranges, Tile tile) {
    /** Elements to compute, those above the diagonal left out. */
    long size() {
      int last = Math.min(tile.columns(), tile.row() + tile.rows() / 2 - tile.column());
      return (long) tile.rows() * last * part.rows;
    }
  }

  private final Engine engine;
  private final BorrowedRows borrowed;

  public Covariances(Engine engine, BorrowedRows borrowed) {
    this.engine = engine;
    this.borrowed = borrowed;
  }

  public void accumulate(List<CovarianceUpdate> updates) {
    List<Part> together = new ArrayList<>();
    long bytes = 0;
    for (Part part : parts(updates)) {
      long more = part.bytes(engine);
      if (bytes + more > engine.budget().batch(PACKED_BYTES)
          || together.stream().anyMatch(part::sameTarget)) {
        add(together);
        together.clear();
        bytes = 0;
      }
      together.add(part);
      bytes += more;
    }
    add(together);
    for (CovarianceUpdate update : updates) {
      CpuCovariance.of(update, engine).added(update.rows().rows());
    }
  }

  /** Cuts rows where float32 sums go to the float64 master. */
  private List<Part> parts(List<CovarianceUpdate> updates) {
    List<Part> parts = new ArrayList<>();
    for (CovarianceUpdate update : updates) {
      CpuCovariance target = CpuCovariance.of(update, engine);
      Matrix x = borrowed.matrix(update.rows());
      int rows = update.rows().rows();
      for (int b = 0; b < target.blocks(); b++) {
        Matrix columns = x.dropColumns(target.first(b));
        long rowBytes = Math.max(1, (long) target.dimension(b) * engine.elementBytes());
        int most =
            CpuCovariance.FLUSH
                * (int)
                    Math.max(
                        1, engine.budget().batch(PACKED_BYTES) / rowBytes / CpuCovariance.FLUSH);
        for (int first = 0; first < rows; first += most) {
          parts.add(new Part(target, b, columns, first, Math.min(most, rows - first)));
        }
      }
    }
    return parts;
  }

  private void add(List<Part> parts) {
    Arena.Mark mark = engine.arena().mark();
    List<Work> work = new ArrayList<>();
    for (Part part : parts) {
      int n = part.target.dimension(part.block);
      ExampleRanges ranges = pack(part, n);
      for (Tile tile : Tile.cut(n, n, MAX_ROWS, MAX_COLUMNS, engine.enoughTasks())) {
        if (tile.column() < tile.row() + tile.rows()) {
          work.add(new Work(part, ranges, tile));
        }
      }
    }
    work.sort(Comparator.comparingLong(Work::size).reversed());
    engine.run(work.size(), (index, workspace) -> add(work.get(index)));
    engine.arena().release(mark);
  }

  private ExampleRanges pack(Part part, int n) {
    List<Integer> ends = new ArrayList<>();
    int end = part.first + part.rows;
    for (int row = part.first; row < end; ) {
      long counted = part.target.rows() + row;
      row = (int) Math.min(end, row + CpuCovariance.FLUSH - counted % CpuCovariance.FLUSH);
      ends.add(row);
    }
    int[] stop = ends.stream().mapToInt(Integer::intValue).toArray();
    int[] begin = new int[stop.length];
    for (int r = 0; r < stop.length; r++) {
      begin[r] = r == 0 ? part.first : stop[r - 1];
    }
    return ExampleRanges.packed(engine, part.x, true, n, begin, stop);
  }

  private void add(Work work) {
    CpuCovariance target = work.part.target;
    int block = work.part.block;
    NativeException.check(
        Kernels.covarianceTile(
            engine.kernels(),
            work.ranges.address(),
            target.rows() + work.part.first,
            work.tile.row(),
            work.tile.rows(),
            work.tile.column(),
            work.tile.columns(),
            target.partial(block),
            target.master(block),
            target.dimension(block)),
        "infl_covariance_tile");
  }
}
