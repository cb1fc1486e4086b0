/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import io.github.influence4j.spi.support.BackendOperations;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/**
 * OpenBLAS frees its memory when the process exits, whether or not a thread works with it. So an
 * exit of the JVM interrupts what may be long in LAPACK, and waits until it is out.
 */
public final class ExitGuard {
  private ExitGuard() {}

  /** Runs part of an operation. */
  public static <T> T run(BackendOperations operations, Supplier<T> work) {
    Thread hook = new Thread(operations::interruptAndAwait, "influence4j-cpu-exit");
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      CancellationException stopped = new CancellationException("The JVM is shutting down.");
      stopped.initCause(e);
      throw stopped;
    }
    try {
      return work.get();
    } finally {
      remove(hook);
    }
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is shutting down: the hook runs and waits for us to leave the operation.
    }
  }
}
