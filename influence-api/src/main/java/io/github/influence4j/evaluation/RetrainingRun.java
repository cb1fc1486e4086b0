/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import io.github.influence4j.capture.CounterRandom;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** All retrainings of a study, on a pool of threads; the first failure ends the others. */
final class RetrainingRun {
  private final Plan plan;
  private final Retraining retraining;
  private final @Nullable ResultFolder results;
  private final IntConsumer progress;
  private final double[][][] measured;
  private int done;

  RetrainingRun(
      Plan plan, Retraining retraining, @Nullable ResultFolder results, IntConsumer progress) {
    this.plan = plan;
    this.retraining = retraining;
    this.results = results;
    this.progress = progress;
    this.measured = new double[plan.subsets().count()][plan.repeats()][];
  }

  /** What is to be done. */
  record Plan(TrainingSubsets subsets, int queries, int repeats, long seed) {
    /** A number for each retraining, independent of how many there are. */
    long seed(int subset, int repeat) {
      return CounterRandom.bits(seed, subset, repeat);
    }
  }

  RetrainedMeasurements on(int threads) throws IOException {
    ExecutorService pool =
        Executors.newFixedThreadPool(
            threads,
            work -> {
              Thread thread = new Thread(work, "influence4j-retraining");
              thread.setDaemon(true);
              return thread;
            });
    try {
      submit(pool);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted after " + done() + " retrainings");
    } finally {
      end(pool);
    }
    return new RetrainedMeasurements(measured);
  }

  /** Repeat by repeat, so that a run that is stopped has something of every subset. */
  private void submit(ExecutorService pool) throws InterruptedException, IOException {
    ExecutorCompletionService<Void> completion = new ExecutorCompletionService<>(pool);
    List<int[]> tasks = new ArrayList<>();
    for (int r = 0; r < plan.repeats(); r++) {
      for (int s = 0; s < plan.subsets().count(); s++) {
        tasks.add(new int[] {s, r});
      }
    }
    for (int[] task : tasks) {
      completion.submit(() -> one(task[0], task[1]));
    }
    for (int i = 0; i < tasks.size(); i++) {
      try {
        completion.take().get();
      } catch (ExecutionException e) {
        throw failure(e.getCause());
      }
    }
  }

  private static IOException failure(@Nullable Throwable cause) {
    if (cause instanceof RuntimeException runtime) {
      throw runtime;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof IOException io ? io : new IOException(cause);
  }

  private @Nullable Void one(int subset, int repeat) throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException();
    }
    int[] members = plan.subsets().members(subset);
    long seed = plan.seed(subset, repeat);
    double[] values = results == null ? null : results.read(subset, repeat, members, seed);
    boolean known = values != null;
    if (values == null) {
      values = retraining.measure(members, seed);
    }
    require(values, subset, repeat);
    if (results != null && !known) {
      results.write(subset, repeat, plan.subsets().members(subset), seed, values);
    }
    measured[subset][repeat] = values;
    report();
    return null;
  }

  private void require(double[] values, int subset, int repeat) {
    String which = " of retraining " + repeat + " on subset " + subset;
    Checks.sameLength("measurements" + which, plan.queries(), values.length);
    Checks.finite("Measurements" + which, values);
  }

  private synchronized void report() {
    progress.accept(++done);
  }

  private synchronized int done() {
    return done;
  }

  /** Nothing is written after the folder was given back. */
  private static void end(ExecutorService pool) {
    pool.shutdownNow();
    boolean interrupted = false;
    while (!pool.isTerminated()) {
      try {
        pool.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
