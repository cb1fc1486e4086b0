/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;

/**
 * Keeps the memory under arrays alive from the forward pass to the end of the backward pass.
 *
 * <p>DJL 0.35.1 lays an array made of Java values over a direct buffer of Java's: what {@code
 * manager.create(..)} returns, and the operand of each operation with a Java number, such as {@code
 * x.mul(3f)}. The array drops the buffer when it is closed, the operand at once, while PyTorch
 * keeps the tensor for the backward pass. A garbage collection in between frees the memory, and
 * gradients are computed from what happens to be there next, in silence.
 *
 * <p>Captures are guarded. A training loop is guarded by
 *
 * <pre>{@code
 * try (BufferGuard guard = BufferGuard.open();
 *     GradientCollector collector = manager.getEngine().newGradientCollector()) {
 *   collector.backward(loss(model, batch));
 * }
 * }</pre>
 *
 * <p>Of the arrays that this thread makes while the guard is open. Guards of one thread may be
 * nested; other threads are not affected.
 */
public final class BufferGuard implements AutoCloseable {
  private final List<ByteBuffer> kept = new ArrayList<>();
  private final Deque<NDScope> before;
  private final Deque<NDScope> during;
  private boolean closed;

  private BufferGuard() {
    before = DjlInternals.scopes();
    during = new WatchedScopes(before, this::keep);
  }

  /**
   * Starts to guard.
   *
   * @return to be closed by the same thread, after the backward pass
   * @throws IllegalStateException with another version of DJL, whose arrays cannot be guarded
   */
  public static BufferGuard open() {
    BufferGuard guard = new BufferGuard();
    DjlInternals.setScopes(guard.during);
    return guard;
  }

  /** Keeps what lies under an array that was made before. */
  void keep(NDArray array) {
    ByteBuffer buffer = DjlInternals.buffer(array);
    if (buffer != null) {
      kept.add(buffer);
    }
  }

  /** What is kept lasts as long as the manager, even after this is closed. */
  void lastAsLongAs(NDManager manager) {
    List<ByteBuffer> buffers = kept;
    manager.attachInternal(UUID.randomUUID().toString(), buffers::clear);
  }

  /**
   * Ends the guard.
   *
   * @throws IllegalStateException on another thread, or before a guard that was opened later
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (DjlInternals.scopes() != during) {
      throw new IllegalStateException(
          "A BufferGuard is closed by the thread that opened it, the last opened first; use"
              + " try-with-resources.");
    }
    closed = true;
    DjlInternals.setScopes(before);
  }
}
