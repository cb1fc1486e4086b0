/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.lifetimes;

import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.progress.Stage;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a long operation of a backend on another thread, so that the caller can ask meanwhile
 * whether somebody wants the run to end. Then the operation's thread is interrupted and the caller
 * goes on at once: the operation ends where it next looks, and what it works on belongs to the
 * backend until then.
 */
public final class Watched {
  /** Arithmetic operations that take a slow core about a tenth of a second. */
  private static final double LONG = 1e9;

  private static final int POLL_MILLIS = 50;

  private Watched() {}

  /**
   * Runs an operation on this thread if it is short, else on another one.
   *
   * @param control asks whether to end
   * @param stage what the run is doing
   * @param cost of the operation, in arithmetic operations
   * @param operation leaves nothing half done when it is given up
   * @param discard frees a result that comes after the caller has gone on
   * @return its result
   * @throws CancellationException if somebody wants the run to end
   */
  public static <T> T run(
      RunControl control, Stage stage, double cost, Supplier<T> operation, Consumer<T> discard) {
    return cost < LONG ? operation.get() : new Handover<>(operation, discard).await(control, stage);
  }

  private static final class Handover<T> {
    private final FutureTask<T> task;
    private final Consumer<T> discard;
    private @Nullable T delivered;
    private boolean givenUp;

    Handover(Supplier<T> operation, Consumer<T> discard) {
      this.discard = discard;
      this.task =
          new FutureTask<>(
              () -> {
                T result = operation.get();
                deliver(result);
                return result;
              });
    }

    private void deliver(T result) {
      boolean unwanted;
      synchronized (this) {
        delivered = result;
        unwanted = givenUp;
      }
      if (unwanted) {
        discard.accept(result);
      }
    }

    T await(RunControl control, Stage stage) {
      Thread thread = new Thread(task, "influence4j-" + stage.name().toLowerCase(Locale.ROOT));
      thread.setDaemon(true);
      thread.start();
      boolean interrupted = false;
      try {
        while (true) {
          try {
            return task.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
          } catch (TimeoutException e) {
            control.checkCancelled(stage);
          } catch (InterruptedException e) {
            interrupted = true;
            throw new CancellationException("Cancelled in stage " + stage + ": interrupted.");
          }
        }
      } catch (ExecutionException e) {
        throw unchecked(Objects.requireNonNull(e.getCause()));
      } catch (RuntimeException | Error stopped) {
        giveUp(thread);
        throw stopped;
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    private void giveUp(Thread thread) {
      T late;
      synchronized (this) {
        givenUp = true;
        late = delivered;
      }
      thread.interrupt();
      if (late != null) {
        discard.accept(late);
      }
    }
  }

  /** The failure itself: its stack says where in the operation, and callers catch it by type. */
  private static RuntimeException unchecked(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return (RuntimeException) failure;
  }
}
