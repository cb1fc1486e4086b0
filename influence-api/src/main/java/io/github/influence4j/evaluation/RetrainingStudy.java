/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Trains on many subsets, several times each, on several threads. With a folder, each result is on
 * the disk as soon as it is there: a run that was killed goes on where it was when it is started
 * again, and one that asks for more subsets or repeats uses what there is.
 *
 * <pre>{@code
 * RetrainedMeasurements truth =
 *     RetrainingStudy.of("digits, MLP 64-256-128-10, 20 epochs", queries)
 *         .withRepeats(3)
 *         .withFolder(Path.of("retrained"))
 *         .run(halves, (subset, seed) -> train(subset, seed).logLikelihoods(test));
 * }</pre>
 *
 * <p>Immutable; each {@code with} gives a copy.
 */
public final class RetrainingStudy {
  private final String experiment;
  private final int queries;
  private final int repeats;
  private final long seed;
  private final int threads;
  private final @Nullable Path folder;
  private final IntConsumer progress;

  private RetrainingStudy(
      String experiment,
      int queries,
      int repeats,
      long seed,
      int threads,
      @Nullable Path folder,
      IntConsumer progress) {
    this.experiment = experiment;
    this.queries = positive("queries", queries);
    this.repeats = positive("repeats", repeats);
    this.seed = seed;
    this.threads = positive("threads", threads);
    this.folder = folder;
    this.progress = progress;
  }

  private static int positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, got " + value);
    }
    return value;
  }

  /**
   * A study with one repeat, on all processors, that keeps nothing.
   *
   * @param experiment what is trained, on what and how, in one line: results of another experiment
   *     are recognised by it
   * @param queries how many are measured
   * @return the study
   * @throws IllegalArgumentException if the text has several lines, or there are no queries
   */
  public static RetrainingStudy of(String experiment, int queries) {
    if (experiment.isBlank() || experiment.lines().count() > 1) {
      throw new IllegalArgumentException(
          "Describe the experiment in one line, got \"" + experiment + "\".");
    }
    int processors = Runtime.getRuntime().availableProcessors();
    return new RetrainingStudy(experiment, queries, 1, 0, processors, null, done -> {});
  }

  /**
   * How often each subset is trained on, to average out the noise of training.
   *
   * @param count 1 or more
   * @return a copy
   */
  public RetrainingStudy withRepeats(int count) {
    return new RetrainingStudy(experiment, queries, count, seed, threads, folder, progress);
  }

  /**
   * From which the seeds of all retrainings follow; 0 by default.
   *
   * @param value any
   * @return a copy
   */
  public RetrainingStudy withSeed(long value) {
    return new RetrainingStudy(experiment, queries, repeats, value, threads, folder, progress);
  }

  /**
   * How many retrainings go on at a time; by default as many as there are processors.
   *
   * @param count 1 or more
   * @return a copy
   */
  public RetrainingStudy withThreads(int count) {
    return new RetrainingStudy(experiment, queries, repeats, seed, count, folder, progress);
  }

  /**
   * Where results are kept.
   *
   * @param directory made where it is missing; of this experiment alone
   * @return a copy
   */
  public RetrainingStudy withFolder(Path directory) {
    return new RetrainingStudy(experiment, queries, repeats, seed, threads, directory, progress);
  }

  /**
   * Who is told about progress.
   *
   * @param listener told how many retrainings of this run are done, one thread at a time; an
   *     exception thrown here stops the run
   * @return a copy
   */
  public RetrainingStudy withProgress(IntConsumer listener) {
    return new RetrainingStudy(experiment, queries, repeats, seed, threads, folder, listener);
  }

  /**
   * Trains on all subsets.
   *
   * @param subsets what to train on
   * @param retraining trains and measures
   * @return what was measured
   * @throws IOException if the folder is in use, cannot be written, or a result in it is damaged
   * @throws IllegalArgumentException if the folder holds another experiment, or a retraining
   *     measures something else than a finite number for each query
   * @throws java.util.concurrent.CancellationException if interrupted
   */
  public RetrainedMeasurements run(TrainingSubsets subsets, Retraining retraining)
      throws IOException {
    RetrainingRun.Plan plan = new RetrainingRun.Plan(subsets, queries, repeats, seed);
    if (folder == null) {
      return new RetrainingRun(plan, retraining, null, progress).on(threads);
    }
    try (ResultFolder results = ResultFolder.open(folder, identity(subsets))) {
      return new RetrainingRun(plan, retraining, results, progress).on(threads);
    }
  }

  /** What must not change between runs over one folder. */
  private String identity(TrainingSubsets subsets) {
    return "experiment: %s%nexamples: %d%nqueries: %d%nseed: %d%n"
        .formatted(experiment, subsets.examples(), queries, seed)
        .replace("\r\n", "\n");
  }
}
