/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that work through numbered tasks together with the caller. Tasks are handed out one
 * by one, so a core that another process uses slows down only its share. Idle threads sleep, but
 * not at once: an operation has many short jobs, and waking a thread takes as long as some of them.
 *
 * <p>One {@link #run} at a time.
 */
public final class WorkerPool implements AutoCloseable {
  /** A piece of work. */
  public interface Task {
    /**
     * Runs it.
     *
     * @param worker which thread runs it, below {@link WorkerPool#threads}
     * @param index which task
     */
    void run(int worker, int index);
  }

  /** How long a thread watches for what it waits for before it sleeps. */
  private static final long WATCH_NANOS = 50_000;

  private final List<Thread> threads = new ArrayList<>();
  private final Object lock = new Object();
  private final int size;
  private final Runnable interrupted;
  private volatile @Nullable Job job;
  private volatile boolean closed;

  /**
   * Starts the threads.
   *
   * @param size how many threads work, the caller included
   * @param interrupted told when the caller is interrupted while it waits for the others
   */
  public WorkerPool(int size, Runnable interrupted) {
    this.size = size;
    this.interrupted = interrupted;
    for (int worker = 1; worker < size; worker++) {
      int number = worker;
      Thread thread = new Thread(() -> work(number), "influence4j-cpu-" + number);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  public int threads() {
    return size;
  }

  /** Runs tasks 0 to count-1, in any order, and returns when all are done. */
  public void run(int count, Task task) {
    Job current = new Job(count, task, Math.min(count, size) - 1);
    if (current.helpers > 0) {
      synchronized (lock) {
        job = current;
        lock.notifyAll();
      }
    }
    current.work(0);
    if (current.helpers > 0) {
      synchronized (lock) {
        job = null;
      }
      current.awaitHelpers(interrupted);
    }
    current.rethrow();
  }

  private void work(int worker) {
    Job last = null;
    for (Job current = await(last); current != null; current = await(last)) {
      if (current.join()) {
        current.work(worker);
        current.leave();
      }
      last = current;
    }
  }

  /** The next job, or null when the pool is closed. */
  private @Nullable Job await(@Nullable Job last) {
    watch(() -> closed || (job != null && job != last));
    synchronized (lock) {
      while (!closed && (job == null || job == last)) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          // These threads are ours alone: they stop by close().
        }
      }
      return closed ? null : job;
    }
  }

  private static void watch(BooleanSupplier done) {
    long start = System.nanoTime();
    while (!done.getAsBoolean() && System.nanoTime() - start < WATCH_NANOS) {
      Thread.onSpinWait();
    }
  }

  /** Stops the threads and waits for them; idempotent. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    threads.clear();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One call of {@link #run}. */
  private static final class Job {
    final int helpers;
    private final int count;
    private final Task task;
    private final AtomicInteger next = new AtomicInteger();
    private int joined;
    private volatile int active;
    private @Nullable Throwable failure;

    Job(int count, Task task, int helpers) {
      this.count = count;
      this.task = task;
      this.helpers = helpers;
    }

    void work(int worker) {
      try {
        for (int index = next.getAndIncrement(); index < count; index = next.getAndIncrement()) {
          task.run(worker, index);
        }
      } catch (Throwable e) {
        next.set(count);
        fail(e);
      }
    }

    private synchronized void fail(Throwable e) {
      if (failure == null) {
        failure = e;
      }
    }

    synchronized boolean join() {
      if (joined == helpers) {
        return false;
      }
      joined++;
      active++;
      return true;
    }

    synchronized void leave() {
      active--;
      notifyAll();
    }

    void awaitHelpers(Runnable interrupted) {
      watch(() -> active == 0);
      sleepUntilHelpersLeft(interrupted);
    }

    private synchronized void sleepUntilHelpersLeft(Runnable interrupted) {
      boolean wasInterrupted = false;
      while (active > 0) {
        try {
          wait();
        } catch (InterruptedException e) {
          wasInterrupted = true;
          interrupted.run();
        }
      }
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }

    synchronized void rethrow() {
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure instanceof RuntimeException exception) {
        throw exception;
      }
    }
  }
}
