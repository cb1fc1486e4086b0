/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

/**
 * What lies in a backend's memory: used with the backend that made it only, and closed by whoever
 * asked for it, at the latest by the garbage collector.
 *
 * @param <B> what its backend is known by: the backend, or what all its operations share
 */
public abstract class BackendOwned<B> implements AutoCloseable {
  private final B backend;
  private final String name;
  private final OwnedResource memory;
  private volatile boolean closed;

  /**
   * Something that is open.
   *
   * @param backend what its backend is known by
   * @param operations the backend's lock
   * @param name what to call it in errors
   * @param free frees the memory, once and when no operation runs; must not refer to this object
   */
  protected BackendOwned(B backend, BackendOperations operations, String name, Runnable free) {
    this.backend = backend;
    this.name = name;
    this.memory = operations.own(this, name, free);
  }

  /**
   * What a caller handed in, if it is ours and open.
   *
   * @param given by a caller
   * @param kind what this backend makes
   * @param backend what this backend is known by
   * @param name what to call it in errors
   * @return the same
   * @throws IllegalArgumentException if another backend made it
   * @throws IllegalStateException if it is closed
   */
  static <T extends BackendOwned<?>> T own(
      Object given, Class<T> kind, Object backend, String name) {
    if (!kind.isInstance(given) || ((BackendOwned<?>) given).backend != backend) {
      throw new IllegalArgumentException(
          "The " + name + " belongs to another backend; use it with the backend that made it.");
    }
    T ours = kind.cast(given);
    ours.requireOpen();
    return ours;
  }

  /**
   * What its backend is known by.
   *
   * @return the same for all that one backend made
   */
  protected final B backend() {
    return backend;
  }

  /**
   * Refuses to go on after {@link #close}.
   *
   * @throws IllegalStateException if it is closed
   */
  protected final void requireOpen() {
    if (closed) {
      throw new IllegalStateException(name + " already closed");
    }
  }

  @Override
  public final void close() {
    closed = true;
    memory.close();
  }
}
