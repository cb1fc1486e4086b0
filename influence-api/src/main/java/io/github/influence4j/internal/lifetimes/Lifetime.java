/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.lifetimes;

import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.progress.ProgressListener;
import io.github.influence4j.spi.support.OwnedResource;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The life of an object that one thread uses at a time. A run holds the object against other
 * threads, callbacks included; a step also keeps it from being freed. Closing refuses all that
 * comes after it and waits for the step in flight, or, called within that step, is done when it
 * ends. So closing never waits for a callback.
 */
public final class Lifetime {
  private final String name;
  private final OwnedResource resource;
  private @Nullable Thread user;
  private int uses;
  private int steps;
  private boolean closedInStep;
  private volatile boolean closed;

  /**
   * A life that begins.
   *
   * @param name of the object, for errors
   * @param free frees what it owns; refers neither to the object nor to this
   */
  public Lifetime(String name, Runnable free) {
    this.name = name;
    this.resource = OwnedResource.of(this, name, leaked -> free.run());
  }

  /**
   * Uses the object.
   *
   * @param work may call back to users
   * @return its result
   * @throws IllegalStateException if the object is closed or another thread uses it
   */
  public <T> T call(Supplier<T> work) {
    begin(0);
    try {
      return work.get();
    } finally {
      end(0);
    }
  }

  /**
   * Uses the object.
   *
   * @param work may call back to users
   * @throws IllegalStateException if the object is closed or another thread uses it
   */
  public void run(Runnable work) {
    begin(0);
    try {
      work.run();
    } finally {
      end(0);
    }
  }

  /**
   * Uses what the object owns.
   *
   * @param work does it
   * @throws IllegalStateException if the object is closed or another thread uses it
   */
  public void step(Runnable work) {
    begin(1);
    try {
      work.run();
    } finally {
      end(1);
    }
  }

  /** Refuses if the object is closed. */
  public void requireOpen() {
    if (closed) {
      throw new IllegalStateException(name + " already closed");
    }
  }

  private synchronized void begin(int step) {
    requireOpen();
    Thread thread = user;
    if (thread != null && thread != Thread.currentThread()) {
      throw new IllegalStateException(
          name
              + " is in use by thread \""
              + thread.getName()
              + "\"; use it from one thread at a time, or make one for each thread.");
    }
    user = Thread.currentThread();
    uses++;
    steps += step;
  }

  private void end(int step) {
    boolean free;
    synchronized (this) {
      uses--;
      steps -= step;
      if (uses == 0) {
        user = null;
      }
      free = steps == 0 && closedInStep;
      notifyAll();
    }
    if (free) {
      resource.close();
    }
  }

  /** Ends the life; idempotent, from any thread. */
  public void close() {
    boolean interrupted = false;
    synchronized (this) {
      closed = true;
      if (steps > 0 && user == Thread.currentThread()) {
        closedInStep = true;
        return;
      }
      while (steps > 0) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    try {
      resource.close();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * The control of runs of what may be closed meanwhile.
   *
   * @param listener told after each batch
   * @param cancelled asked whether to end a run; closing ends it too
   * @return the control; whatever has it stays open until it is closed or out of reach itself
   */
  public RunControl control(ProgressListener listener, BooleanSupplier cancelled) {
    return new RunControl(
        listener,
        () -> {
          requireOpen();
          return cancelled.getAsBoolean();
        });
  }
}
