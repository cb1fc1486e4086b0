/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.memory.MemoryBudget;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.support.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Cuts batches into pieces of no more than {@link MemoryBudget#window}, or of one example. */
public final class Windows {
  /**
   * Consecutive examples of a batch.
   *
   * @param first number of the first one
   * @param firstRow number of its first row
   * @param rows their rows
   */
  public record Window(int first, int firstRow, ExampleRows rows) {}

  private final Engine engine;

  public Windows(Engine engine) {
    this.engine = engine;
  }

  /**
   * Cuts between examples.
   *
   * @param rows the batch
   * @param results float64 numbers that come out for each row
   * @return the pieces in order; one at least
   */
  public List<Window> examples(ExampleRows rows, int results) {
    int[] offsets = rows.offsets();
    List<Window> windows = new ArrayList<>();
    for (Runs.Run<Boolean> run :
        Runs.of(
            rows.examples(),
            example -> true,
            (form, from, to) ->
                bytes(rows, offsets[from], offsets[to], results) <= engine.budget().window())) {
      windows.add(
          new Window(run.first(), offsets[run.first()], slice(rows, run.first(), run.end())));
    }
    return windows.isEmpty() ? List.of(new Window(0, 0, rows)) : windows;
  }

  private long bytes(ExampleRows rows, int from, int to, int results) {
    return bytes(rows.activations(), from, to)
        + bytes(rows.gradients(), from, to)
        + 8L * results * (to - from);
  }

  /** Cuts between rows. */
  public List<Rows> rows(Rows rows) {
    return Runs.of(
            rows.rows(),
            row -> true,
            (form, from, to) -> bytes(rows, from, to) <= engine.budget().window())
        .stream()
        .map(run -> slice(rows, run.first(), run.end()))
        .toList();
  }

  /** Cuts between rows, and puts small updates together. */
  public List<List<CovarianceUpdate>> updates(List<CovarianceUpdate> updates) {
    List<List<CovarianceUpdate>> windows = new ArrayList<>();
    List<CovarianceUpdate> window = new ArrayList<>();
    long bytes = 0;
    for (CovarianceUpdate update : updates) {
      for (Rows piece : rows(update.rows())) {
        long more = bytes(piece, 0, piece.rows());
        if (bytes + more > engine.budget().window()) {
          windows.add(window);
          window = new ArrayList<>();
          bytes = 0;
        }
        window.add(new CovarianceUpdate(piece, update.target()));
        bytes += more;
      }
    }
    windows.add(window);
    return windows;
  }

  /** Rows as they are copied, gaps included, or as they are packed, whichever is larger. */
  private long bytes(Rows rows, int from, int to) {
    int[] index = rows.index();
    int unit = KernelConstants.COLUMN_UNIT;
    int bytes = Math.max(engine.elementBytes(), rows.data().type().bytes());
    long stored = index == null || from == to ? to - from : index[to - 1] - index[from] + 1L;
    long packed = (to - from) * (((long) rows.dimension() + unit - 1) / unit * unit);
    return bytes * Math.max(packed, stored * rows.stride());
  }

  private static ExampleRows slice(ExampleRows rows, int from, int to) {
    if (from == 0 && to == rows.examples()) {
      return rows;
    }
    int first = rows.offsets()[from];
    int[] offsets = Arrays.copyOfRange(rows.offsets(), from, to + 1);
    Arrays.setAll(offsets, i -> offsets[i] - first);
    int end = first + offsets[to - from];
    return new ExampleRows(
        slice(rows.activations(), first, end), slice(rows.gradients(), first, end), offsets);
  }

  private static Rows slice(Rows rows, int from, int to) {
    int[] index = rows.index();
    return new Rows(
        rows.data(),
        to - from,
        rows.columns(),
        rows.stride(),
        index == null ? rows.offset() + from * rows.stride() : rows.offset(),
        rows.homogeneous(),
        index == null ? null : Arrays.copyOfRange(index, from, to));
  }
}
