/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.DeviceMemory;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.MemoryUse;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.UnfoldKernel;
import io.github.influence4j.spi.Unfolder;
import io.github.influence4j.spi.support.BackendOwned;
import io.github.influence4j.spi.support.UnfoldedShape;
import org.jspecify.annotations.Nullable;

/** Unfolds on the device, where the rows stay: images cross over, not what they unfold to. */
public final class DeviceUnfolder extends BackendOwned<Engine> implements Unfolder {
  /** Refers to no unfolder. */
  private static final class Block {
    private @Nullable DeviceMemory memory;

    long atLeast(long bytes, Engine engine) {
      DeviceMemory held = memory;
      if (held == null || held.bytes() < bytes) {
        memory = null;
        if (held != null) {
          engine.heap().free(held);
        }
        held = engine.heap().allocate(bytes, MemoryUse.UNFOLDED);
        memory = held;
      }
      return held.address();
    }

    void free(Engine engine) {
      if (memory != null) {
        engine.freeing(memory).run();
      }
    }
  }

  private final BorrowedRows borrowed;
  private final Block block;

  /** Of one that is larger than what the budget counts: in proportion to the batch, too. */
  private final Block image;

  private final UnfoldKernel.DeviceImages view = new UnfoldKernel.DeviceImages();

  public DeviceUnfolder(Engine engine, BorrowedRows borrowed) {
    this(engine, borrowed, new Block(), new Block());
  }

  private DeviceUnfolder(Engine engine, BorrowedRows borrowed, Block block, Block image) {
    super(engine, engine.operations(), "Unfolder", () -> free(engine, block, image));
    this.borrowed = borrowed;
    this.block = block;
    this.image = image;
  }

  private static void free(Engine engine, Block block, Block image) {
    try {
      block.free(engine);
    } finally {
      image.free(engine);
    }
  }

  @Override
  public TensorView unfold(Conv2d geometry, TensorView images) {
    return backend().locked(() -> unfolded(UnfoldedShape.of(geometry, images), images));
  }

  private TensorView unfolded(UnfoldedShape shape, TensorView images) {
    requireOpen();
    Engine engine = backend();
    ElementType type = images.type();
    long rowBytes = (long) shape.columns() * type.bytes();
    long to = block.atLeast(shape.rows() * rowBytes, engine);
    view.write(shape.words(type));
    if (images.device() != null) {
      launch(engine.lent().borrow(images), shape.images(), to);
    } else {
      upload(shape, images, to, rowBytes * shape.down().output() * shape.across().output());
    }
    return TensorView.onDevice(to, engine.stream(), type, shape.rows(), shape.columns());
  }

  /** Brings over some images at a time. */
  private void upload(UnfoldedShape shape, TensorView images, long to, long unfoldedBytes) {
    Engine engine = backend();
    int each = shape.imageElements();
    long bytes = (long) each * images.type().bytes();
    long fitting = Math.max(1, engine.budget().batch() / Math.max(1, bytes));
    int most = (int) Math.min(fitting, shape.images());
    long work =
        bytes > engine.budget().batch()
            ? image.atLeast(bytes, engine)
            : engine.arrivals(Scratch.Slot.RAW_ACTIVATIONS, most * bytes);
    for (int first = 0; first < shape.images(); first += most) {
      int count = Math.min(most, shape.images() - first);
      borrowed.uploadRun(images, first * each, work, count * bytes);
      launch(work, count, to + first * unfoldedBytes);
    }
  }

  private void launch(long images, int count, long to) {
    CudaException.check(
        UnfoldKernel.unfold(view.data(images), count, to, backend().stream()), "infl_cuda_unfold");
  }
}
