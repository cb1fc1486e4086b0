/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.events;

import io.github.influence4j.progress.ProgressListener;
import io.github.influence4j.progress.Stage;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * How a run is watched and stopped.
 *
 * @param listener told after each batch
 * @param cancelled asked before and after each batch, between the layers of a batch that is scored,
 *     and twenty times a second in eigendecompositions and preconditioning, always on the thread of
 *     the run; when it says true, or when the thread is interrupted, the run ends with {@link
 *     CancellationException} and what was fitted stays
 */
public record RunControl(ProgressListener listener, BooleanSupplier cancelled) {
  /** Nobody watches, nobody stops. */
  public static final RunControl NONE = new RunControl((stage, pass, examples) -> {}, () -> false);

  /** Checks for nulls. */
  public RunControl {
    Objects.requireNonNull(listener, "listener");
    Objects.requireNonNull(cancelled, "cancelled");
  }

  /**
   * Ends the run if somebody wants it to end.
   *
   * @param stage what the run is doing, for the message
   * @throws CancellationException if so
   */
  public void checkCancelled(Stage stage) {
    if (cancelled.getAsBoolean() || Thread.currentThread().isInterrupted()) {
      throw new CancellationException("Cancelled in stage " + stage + ".");
    }
  }

  /**
   * Has an operation asked for before it begins, for {@link
   * io.github.influence4j.spi.ComputeBackend#together}: on the thread of the run, if it begins
   * there.
   *
   * @param stage what the run is doing, for the message
   * @param operation begins where nobody wants the run to end
   * @return the operation with the question before it
   */
  public Runnable unlessCancelled(Stage stage, Runnable operation) {
    Thread run = Thread.currentThread();
    return () -> {
      if (Thread.currentThread() == run) {
        checkCancelled(stage);
      }
      operation.run();
    };
  }

  /**
   * Reports a finished step, then ends the run if somebody wants it to end.
   *
   * @param stage what the run is doing
   * @param pass which run over the data, from 0
   * @param examples done in this pass
   */
  public void report(Stage stage, int pass, long examples) {
    listener.onProgress(stage, pass, examples);
    checkCancelled(stage);
  }
}
