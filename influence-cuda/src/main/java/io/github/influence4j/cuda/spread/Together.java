/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import io.github.influence4j.cuda.device.Releases;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Runs operations on the caller's thread and others, which end with the last operation. */
final class Together {
  private final List<? extends Runnable> operations;
  private final @Nullable Throwable[] failures;
  private final AtomicInteger next = new AtomicInteger();
  private volatile boolean failed;

  private Together(List<? extends Runnable> operations) {
    this.operations = operations;
    this.failures = new Throwable[operations.size()];
  }

  /**
   * Runs operations, beginning them in their order, and waits for all that were begun. After a
   * failure no other is begun. Interrupting the caller interrupts all of them.
   *
   * @param threads how many run at a time
   */
  static void run(List<? extends Runnable> operations, int threads) {
    Together together = new Together(operations);
    together.work(Math.min(operations.size(), threads) - 1);
    together.rethrow();
  }

  /** Runs all, one after the other, whatever each says; the first failure is thrown at the end. */
  static void each(List<? extends Runnable> operations) {
    Releases releases = new Releases();
    operations.forEach(releases::run);
    releases.rethrow();
  }

  private void work(int others) {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < others; i++) {
      Thread thread = new Thread(this::work, "influence4j-gpu-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
    work();
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
          threads.forEach(Thread::interrupt);
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    int operation = next.getAndIncrement();
    while (operation < operations.size() && !failed) {
      try {
        operations.get(operation).run();
      } catch (RuntimeException | Error e) {
        failures[operation] = e;
        failed = true;
      }
      operation = next.getAndIncrement();
    }
  }

  /** The failure of the first operation that failed, with the others. */
  private void rethrow() {
    Throwable first = null;
    for (Throwable failure : failures) {
      if (first == null) {
        first = failure;
      } else if (failure != null && failure != first) {
        first.addSuppressed(failure);
      }
    }
    if (first instanceof Error error) {
      throw error;
    }
    if (first != null) {
      throw (RuntimeException) first;
    }
  }
}
