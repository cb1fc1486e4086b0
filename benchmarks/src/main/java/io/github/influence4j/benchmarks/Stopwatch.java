/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import java.util.Arrays;

/** Measures ours the way bench_torch.py measures the peer. */
final class Stopwatch {
  private static final double LEAST_SECONDS = 0.2;

  private final MachineLoad load = new MachineLoad();
  private final Options.Effort effort;

  /**
   * A measurement.
   *
   * @param seconds median of one call
   * @param others median share of the cores that other processes used
   */
  record Sample(double seconds, double others) {}

  Stopwatch(Options.Effort effort) {
    this.effort = effort;
  }

  /** Warms up and then times repetitions of at least 0.2 s each. */
  Sample measure(Runnable kernel) {
    long start = System.nanoTime();
    double call;
    do {
      long before = System.nanoTime();
      kernel.run();
      call = secondsSince(before);
    } while (secondsSince(start) < LEAST_SECONDS);
    int inner = call < LEAST_SECONDS ? (int) (LEAST_SECONDS / Math.max(call, 1e-6)) + 1 : 1;
    double[] seconds = new double[effort.repetitions()];
    double[] others = new double[effort.repetitions()];
    int done = 0;
    while (done < seconds.length
        && (done == 0 || secondsSince(start) + seconds[done - 1] * inner < effort.maxSeconds())) {
      load.waitQuiet(effort.waitQuiet());
      MachineLoad.Reading before = load.read();
      for (int i = 0; i < inner; i++) {
        kernel.run();
      }
      seconds[done] = secondsSince(before.wall()) / inner;
      others[done] = load.othersSince(before);
      done++;
    }
    return new Sample(median(Arrays.copyOf(seconds, done)), median(Arrays.copyOf(others, done)));
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) * 1e-9;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
