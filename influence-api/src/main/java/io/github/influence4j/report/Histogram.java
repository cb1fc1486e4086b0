/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.Locale;

/** How many training examples have which score; the counts on a logarithmic axis. */
final class Histogram {
  private static final int BINS = 60;

  /** Below one example, so that the bar of a single one can be seen. */
  private static final double FLOOR = 0.6;

  private final double low;
  private final double high;
  private final double width;
  private final int firstBin;
  private final int[] counts;

  /** Bins are multiples of one width, so that 0 is a border. */
  Histogram(double[] sorted) {
    low = Math.min(0, sorted[0]);
    high = Math.max(0, sorted[sorted.length - 1]);
    double span = high / BINS - low / BINS;
    width = span > 0 ? span : 1;
    firstBin = bin(low);
    counts = new int[bin(high) - firstBin + 1];
    for (double score : sorted) {
      counts[bin(score) - firstBin]++;
    }
  }

  private int bin(double score) {
    return (int) Math.floor(score / width);
  }

  void append(StringBuilder html) {
    int most = 1;
    for (int count : counts) {
      most = Math.max(most, count);
    }
    LogAxis axis = new LogAxis(FLOOR, 1.3 * most, Plot.HEIGHT, 0);
    Plot.open(html, "Histogram of the scores; its numbers stand in the table below");
    for (double tick : axis.ticks()) {
      if (tick >= 1) {
        Plot.yTick(html, axis.pixel(tick), Numbers.plain(tick));
      }
    }
    double step = (double) Plot.WIDTH / counts.length;
    xTicks(html, step);
    bars(html, axis, step);
    Plot.close(
        html,
        "score",
        "Number of training examples by score. The counts stand on a logarithmic axis, so"
            + " that single examples can be seen.");
  }

  /** 0 and the two ends, where they do not stand in each other's way. */
  private void xTicks(StringBuilder html, double step) {
    for (double score : new double[] {low, 0, high}) {
      double x = (score / width - firstBin) * step;
      if (score == 0 || 10 * Math.abs(score / width) > counts.length) {
        Plot.xTick(html, x, Numbers.signed(score));
      }
    }
  }

  private void bars(StringBuilder html, LogAxis axis, double step) {
    for (int b = 0; b < counts.length; b++) {
      if (counts[b] > 0) {
        html.append(
            String.format(
                Locale.ROOT,
                "<path class=%s d=\"M%.1f %dV%.1fh%.1fV%d\"/>",
                firstBin + b < 0 ? "n" : "p",
                b * step,
                Plot.HEIGHT,
                axis.pixel(counts[b]),
                step - 1,
                Plot.HEIGHT));
      }
    }
  }
}
