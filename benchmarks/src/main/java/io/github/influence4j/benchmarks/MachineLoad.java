/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What other processes do to the cores while we measure (Linux). */
final class MachineLoad {
  /** The share of the cores above which a measurement is not clean. */
  static final double CLEAN = 0.05;

  private static final double QUIET = 0.08;
  private static final long SAMPLE_MILLIS = 200;

  /** Clock ticks of /proc/stat a second, the same on every Linux. */
  private static final double TICKS = 100;

  private final OperatingSystemMXBean own =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final long cores;

  /**
   * A moment.
   *
   * @param wall nanoseconds
   * @param others seconds of processor time that other processes have used
   */
  record Reading(long wall, double others) {}

  MachineLoad() {
    cores = stat().stream().filter(line -> line.matches("cpu\\d+ .*")).count();
  }

  private static List<String> stat() {
    try {
      return Files.readAllLines(Path.of("/proc/stat"));
    } catch (IOException e) {
      throw new UncheckedIOException("PeerComparison needs Linux", e);
    }
  }

  Reading read() {
    String[] fields = stat().get(0).trim().split(" +", -1);
    long busy = 0;
    for (int i : new int[] {1, 2, 3, 6, 7, 8}) {
      busy += Long.parseLong(fields[i]);
    }
    double ours = own.getProcessCpuTime() * 1e-9;
    return new Reading(System.nanoTime(), busy / TICKS - ours);
  }

  /** The share of the cores that other processes have used since. */
  double othersSince(Reading before) {
    Reading now = read();
    double seconds = (now.wall - before.wall) * 1e-9;
    return Math.max(0, (now.others - before.others) / (seconds * cores));
  }

  /** Returns when other processes are idle, at the latest after so many seconds. */
  void waitQuiet(double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < end) {
      Reading before = read();
      sleep(SAMPLE_MILLIS);
      if (othersSince(before) < QUIET) {
        return;
      }
    }
  }

  static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted", e);
    }
  }
}
