/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cpu.memory.CpuTensor;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.Tile;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rotation;
import java.util.ArrayList;
import java.util.List;

/**
 * Sums over examples: of squared gradients (the eigenvalue correction) and of the gradients
 * themselves (queries). A task owns a tile of the sum and goes through the examples in order.
 */
public final class GradientSums {
  private static final int MAX_ROWS = 192;
  private static final int MAX_COLUMNS = 256;

  private record Work(RotatedExamples.Part part, Tile tile) {}

  private final Engine engine;
  private final BorrowedRows borrowed;

  public GradientSums(Engine engine, BorrowedRows borrowed) {
    this.engine = engine;
    this.borrowed = borrowed;
  }

  public void squares(ExampleRows rows, Rotation rotation, int rotateRowsBelow, BackendTensor sum) {
    long target = CpuTensor.of(sum, engine, ElementType.F64).address();
    int stride = rows.inputs();
    new RotatedExamples(engine, borrowed, rows, rotation)
        .forEach(
            rotateRowsBelow,
            false,
            true,
            batch -> {
              List<Work> work = cut(batch, rows.outputs());
              engine.run(
                  work.size(),
                  (index, workspace) -> square(work.get(index), target, stride, workspace));
            });
  }

  private void square(Work work, long sum, long stride, long workspace) {
    NativeException.check(
        Kernels.squareTile(
            engine.kernels(),
            work.part.product(),
            work.part.ranges().address(),
            work.tile.row(),
            work.tile.rows(),
            work.tile.column(),
            work.tile.columns(),
            sum + 8L * work.part.column(),
            stride,
            workspace),
        "infl_square_tile");
  }

  public void gradients(
      ExampleRows rows,
      Rotation rotation,
      int rotateRowsBelow,
      int[] targets,
      BackendTensor gradients) {
    long out = CpuTensor.of(gradients, engine, engine.type()).address();
    long allTargets = engine.arena().ints(targets);
    long stride = rows.inputs();
    long step = stride * rows.outputs();
    new RotatedExamples(engine, borrowed, rows, rotation)
        .forEach(
            rotateRowsBelow,
            false,
            true,
            batch -> {
              List<Work> work = cut(batch, rows.outputs());
              long batchTargets = allTargets + 4L * batch.first();
              engine.run(
                  work.size(),
                  (index, workspace) ->
                      accumulate(work.get(index), batchTargets, out, stride, step, workspace));
            });
  }

  private void accumulate(
      Work work, long targets, long out, long stride, long step, long workspace) {
    NativeException.check(
        Kernels.accumulateTile(
            engine.kernels(),
            work.part.product(),
            work.part.ranges().address(),
            targets,
            work.tile.row(),
            work.tile.rows(),
            work.tile.column(),
            work.tile.columns(),
            out + (long) work.part.column() * engine.elementBytes(),
            stride,
            step,
            workspace),
        "infl_accumulate_tile");
  }

  private List<Work> cut(RotatedExamples.Batch batch, int outputs) {
    int enough = (engine.enoughTasks() + batch.parts().size() - 1) / batch.parts().size();
    List<Work> work = new ArrayList<>();
    for (RotatedExamples.Part part : batch.parts()) {
      for (Tile tile : Tile.cut(outputs, part.columns(), MAX_ROWS, MAX_COLUMNS, enough)) {
        work.add(new Work(part, tile));
      }
    }
    return work;
  }
}
