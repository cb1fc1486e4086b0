/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import io.github.influence4j.examples.cli.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How far one piece of work is: a bar that is drawn over itself on a terminal, a line for each
 * tenth elsewhere.
 */
public final class ProgressBar {
  private static final int WIDTH = 30;
  private static final long REDRAW_NANOS = 200_000_000;

  private final Terminal err;
  private final String name;
  private final long total;
  private final boolean terminal = terminal();
  private final long start = System.nanoTime();
  private final long first;
  private long drawnAt = Long.MIN_VALUE;
  private long tenths;

  /**
   * A bar.
   *
   * @param err where it is drawn
   * @param name of the work
   * @param total steps of the work
   * @param first steps that were done before
   */
  public ProgressBar(PrintWriter err, String name, long total, long first) {
    this.err = Terminal.of(err);
    this.name = name;
    this.total = total;
    this.first = first;
    this.tenths = 10 * first / Math.max(1, total);
  }

  /**
   * Draws, if it is time to.
   *
   * @param done steps, of the total
   * @param note what else to say
   */
  public void update(long done, String note) {
    if (terminal) {
      long now = System.nanoTime();
      if (now - drawnAt > REDRAW_NANOS || done == total || drawnAt == Long.MIN_VALUE) {
        drawnAt = now;
        err.redraw(line(done, note));
        if (done == total) {
          err.println();
        }
      }
    } else if (10 * done / Math.max(1, total) > tenths) {
      tenths = 10 * done / Math.max(1, total);
      err.printf("%s%n", line(done, note));
    }
  }

  /** Whether errors go to a terminal; a Java console needs that of the input and output too. */
  private static boolean terminal() {
    try {
      return Path.of("/proc/self/fd/2").toRealPath().startsWith("/dev/pts");
    } catch (IOException e) {
      return false; // not on Linux, or a pipe
    }
  }

  private String line(long done, String note) {
    double share = total == 0 ? 1 : (double) done / total;
    int full = (int) (WIDTH * share);
    return String.format(
        Locale.ROOT,
        "%-14s[%s%s] %3.0f %%  %-12s %-11s %s ",
        name,
        "=".repeat(full),
        " ".repeat(WIDTH - full),
        100 * share,
        note,
        rate(done),
        remaining(done));
  }

  private String rate(long done) {
    if (done <= first) {
      return "";
    }
    double rate = (done - first) * 1e9 / Math.max(1, System.nanoTime() - start);
    return String.format(Locale.ROOT, rate < 100 ? "%.1f/s" : "%,.0f/s", rate);
  }

  private String remaining(long done) {
    if (done == total || done <= first) {
      return "         ";
    }
    double seconds = (System.nanoTime() - start) / 1e9 * (total - done) / (done - first);
    return String.format(Locale.ROOT, "%d:%02d left", (long) seconds / 60, (long) seconds % 60);
  }
}
