/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one lock of a backend. Operations run one at a time; nothing is freed while one runs: freeing
 * waits for it, or, where its caller gave it up by interrupting its thread, is left to it.
 *
 * <pre>{@code
 * double[] scores = operations.run(() -> scorer.score(rows, queries));
 * operations.release(tensorMemory::close);
 * operations.close(everything::close);
 * }</pre>
 */
public final class BackendOperations {
  private static final int PATIENCE_MILLIS = 5;

  private final String name;
  private final ReentrantLock lock = new ReentrantLock();

  /** What is to be freed when the operation in flight has ended. */
  private final Queue<Runnable> left = new ConcurrentLinkedQueue<>();

  private volatile @Nullable Thread operator;
  private volatile boolean interrupted;
  private volatile boolean closed;

  /**
   * Of a backend that is open.
   *
   * @param name of the backend, for errors
   */
  public BackendOperations(String name) {
    this.name = name;
  }

  /**
   * Runs an operation when those before it have ended.
   *
   * @param operation must call nobody who closes the backend
   * @return its result
   * @throws IllegalStateException if the backend is closed
   */
  public <T> T run(Supplier<T> operation) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException(name + " already closed");
      }
      Thread outer = operator;
      if (outer == null) {
        interrupted = false;
      }
      operator = Thread.currentThread();
      try {
        return operation.get();
      } finally {
        operator = outer;
      }
    } finally {
      unlock();
    }
  }

  /**
   * For long operations that leave nothing half done: ends the one in flight if its thread was
   * interrupted. Any thread that works for it may ask.
   *
   * @throws CancellationException if so
   */
  public void checkInterrupted() {
    if (givenUp()) {
      throw new CancellationException(name + ": the operation was interrupted.");
    }
  }

  /** Tells that the operation's thread was interrupted, by code that had to clear its flag. */
  public void interrupted() {
    interrupted = true;
  }

  /** Interrupts the operation in flight and waits until it has ended. */
  public void interruptAndAwait() {
    interrupted = true;
    lock.lock();
    unlock();
  }

  private boolean givenUp() {
    Thread thread = operator;
    return thread != null && (interrupted || thread.isInterrupted());
  }

  /**
   * Frees something that operations may use: now, after the operation in flight, or, where that was
   * given up, by it.
   *
   * @param free frees it, once
   */
  public void release(Runnable free) {
    if (await()) {
      try {
        free.run();
      } finally {
        unlock();
      }
    } else {
      leave(free);
    }
  }

  /** Waits for the lock, but not for an operation that was given up; whether it is ours. */
  private boolean await() {
    boolean wasInterrupted = false;
    try {
      while (true) {
        try {
          if (lock.tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
            return true;
          }
        } catch (InterruptedException e) {
          wasInterrupted = true;
        }
        if (givenUp()) {
          return false;
        }
      }
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void leave(Runnable free) {
    left.add(free);
    freeWhatIsLeft();
  }

  /** By whoever comes when no operation runs: one that runs does it when it ends. */
  private void freeWhatIsLeft() {
    while (!left.isEmpty() && !lock.isHeldByCurrentThread() && lock.tryLock()) {
      try {
        freeAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private void freeAll() {
    for (Runnable free = left.poll(); free != null; free = left.poll()) {
      free.run();
    }
  }

  private void unlock() {
    try {
      if (lock.getHoldCount() == 1) {
        freeAll();
      }
    } finally {
      lock.unlock();
    }
    freeWhatIsLeft();
  }

  /**
   * Gives an object memory that is freed with it, but not under an operation.
   *
   * @param owner whoever closes what this returns
   * @param name of the owner, for the warning where it was never closed
   * @param free frees the memory, once; must not refer to the owner
   * @return the memory
   */
  public OwnedResource own(Object owner, String name, Runnable free) {
    return OwnedResource.of(
        owner,
        name,
        leaked -> {
          if (leaked) {
            leave(free);
          } else {
            release(free);
          }
        });
  }

  /**
   * Gives an object all that the backend holds: with it, the backend is closed.
   *
   * @param owner whoever closes what this returns
   * @param name of the backend, for the warning where it was never closed
   * @param free frees what the backend holds, once; must not refer to the owner
   * @return what the backend holds
   */
  public OwnedResource ownAll(Object owner, String name, Runnable free) {
    return OwnedResource.of(
        owner,
        name,
        leaked -> {
          if (leaked) {
            closeLater(free);
          } else {
            close(free);
          }
        });
  }

  /**
   * Whether {@link #close} was called.
   *
   * @return true from then on
   */
  public boolean isClosed() {
    return closed;
  }

  /**
   * Refuses operations from now on and frees what the backend holds, like {@link #release};
   * idempotent.
   *
   * @param free frees it
   */
  public void close(Runnable free) {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    if (lock.isHeldByCurrentThread()) {
      leave(free);
    } else {
      release(free);
    }
  }

  /** The same without waiting. */
  private void closeLater(Runnable free) {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    leave(free);
  }
}
