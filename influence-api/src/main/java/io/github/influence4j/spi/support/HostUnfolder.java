/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Unfolder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Function;
import java.util.function.Supplier;

/** Unfolds into direct memory, which the garbage collector frees; how is left to be written. */
public abstract class HostUnfolder implements Unfolder {
  private static final ByteBuffer NONE = ByteBuffer.allocateDirect(0);

  private final ComputeBackend backend;
  private final Function<Supplier<TensorView>, TensorView> lock;
  private ByteBuffer memory = NONE;
  private volatile boolean closed;

  /**
   * Without memory yet.
   *
   * @param backend brings images to the host
   * @param lock runs an operation of the backend
   */
  protected HostUnfolder(ComputeBackend backend, Function<Supplier<TensorView>, TensorView> lock) {
    this.backend = backend;
    this.lock = lock;
  }

  @Override
  public final TensorView unfold(Conv2d geometry, TensorView images) {
    TensorView onHost = backend.toHost(images);
    return lock.apply(() -> unfolded(UnfoldedShape.of(geometry, onHost), onHost));
  }

  private TensorView unfolded(UnfoldedShape shape, TensorView images) {
    if (closed) {
      throw new IllegalStateException("Unfolder already closed");
    }
    int bytes = shape.rows() * shape.columns() * images.type().bytes();
    if (memory.capacity() < bytes) {
      memory = NONE; // Free to be collected before there is more.
      memory = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
    ByteBuffer rows = memory;
    if (bytes > 0) {
      fill(shape, images, rows);
    }
    return TensorView.of(
        rows.duplicate().position(0).limit(bytes), images.type(), shape.rows(), shape.columns());
  }

  /**
   * Writes the rows; called within the lock.
   *
   * @param shape what to write, not empty
   * @param images in host memory
   * @param rows direct memory from position 0 on, little endian, of at least the size of the rows
   */
  protected abstract void fill(UnfoldedShape shape, TensorView images, ByteBuffer rows);

  @Override
  public final void close() {
    closed = true;
    memory = NONE;
  }
}
