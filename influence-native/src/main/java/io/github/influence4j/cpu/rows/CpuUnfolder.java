/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.MemoryBudget;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.UnfoldKernel;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.support.HostUnfolder;
import io.github.influence4j.spi.support.StoredElements;
import io.github.influence4j.spi.support.UnfoldedShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Function;
import java.util.function.Supplier;

/** Unfolds with the C++ kernel, lines of the output on all threads. */
public final class CpuUnfolder extends HostUnfolder {
  private final Engine engine;
  private final BorrowedRows borrowed;

  /**
   * Of an image to be copied, such as one in a Java array. Copies of less than {@link
   * MemoryBudget#window} are work that the budget counts; what is larger is in proportion to the
   * batch, like the rows.
   */
  private ByteBuffer image = ByteBuffer.allocateDirect(0);

  public CpuUnfolder(
      ComputeBackend backend,
      Function<Supplier<TensorView>, TensorView> lock,
      Engine engine,
      BorrowedRows borrowed) {
    super(backend, lock);
    this.engine = engine;
    this.borrowed = borrowed;
  }

  @Override
  protected void fill(UnfoldedShape shape, TensorView images, ByteBuffer rows) {
    long out = BorrowedRows.address(rows);
    int size = images.type().bytes();
    int each = shape.imageElements();
    long bytes = Math.max(1, (long) each * size);
    long window = engine.budget().window();
    boolean large =
        bytes > window && bytes <= Integer.MAX_VALUE && !BorrowedRows.isReadable(images);
    int most = (int) Math.min(shape.images(), Math.max(1, window / bytes));
    int lines = shape.down().output();
    long lineBytes = (long) shape.across().output() * shape.columns() * size;
    for (int first = 0; first < shape.images(); first += most) {
      int count = Math.min(most, shape.images() - first);
      long data =
          large
              ? BorrowedRows.address(copied(images, first * each, each))
              : borrowed.row(images, first * each, count * each).data();
      long to = out + (long) first * lines * lineBytes;
      unfold(describe(shape, images.type(), data), count * lines, to);
      engine.arena().reset();
      borrowed.release();
    }
  }

  private ByteBuffer copied(TensorView images, int first, int elements) {
    int bytes = elements * images.type().bytes();
    if (image.capacity() < bytes) {
      image = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
    StoredElements.copy(images, first, elements, image, 0);
    return image;
  }

  private void unfold(long images, int lines, long out) {
    int tasks = Math.min(lines, engine.enoughTasks());
    engine.run(
        tasks,
        (task, workspace) -> {
          long from = (long) lines * task / tasks;
          long to = (long) lines * (task + 1) / tasks;
          NativeException.check(
              UnfoldKernel.unfold(engine.kernels(), images, from, to - from, out), "infl_unfold");
        });
  }

  /** Writes an {@code infl_images}. */
  private long describe(UnfoldedShape shape, ElementType type, long data) {
    UnfoldKernel.NativeImages images =
        new UnfoldKernel.NativeImages(engine.arena().place(UnfoldKernel.NativeImages.class));
    images.write(shape.words(type));
    return images.data(data).address();
  }
}
