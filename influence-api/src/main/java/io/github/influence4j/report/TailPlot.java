/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import io.github.influence4j.statistics.PowerLawTail;
import java.util.Optional;

/** The share of positive scores at or above a value, both axes logarithmic. */
final class TailPlot {
  private static final int POINTS = 150;

  /** Ascending. */
  private final double[] positive;

  private final Optional<PowerLawTail> tail;
  private final LogAxis x;
  private final LogAxis y;

  /** The weakest tenth of the scores is left out: it would take up most of the axis. */
  TailPlot(double[] positive, Optional<PowerLawTail> tail) {
    this.positive = positive;
    this.tail = tail;
    double low = positive[positive.length / 10];
    double high = positive[positive.length - 1];
    x = axis(low, high);
    y = new LogAxis(0.7 / positive.length, 1, Plot.HEIGHT, 0);
  }

  /** Of one value to twice it, or from half of it where there is no double of twice it. */
  private static LogAxis axis(double low, double high) {
    if (high > low) {
      return new LogAxis(low, high, 0, Plot.WIDTH);
    }
    return low < 1
        ? new LogAxis(low, 2 * low, 0, Plot.WIDTH)
        : new LogAxis(low / 2, low, 0, Plot.WIDTH);
  }

  void append(StringBuilder html) {
    Plot.open(html, "Share of positive scores at or above a value; the table has the numbers");
    for (double tick : y.ticks()) {
      Plot.yTick(html, y.pixel(tick), Numbers.percent(tick));
    }
    for (double tick : x.ticks()) {
      Plot.xTick(html, x.pixel(tick), Numbers.plain(tick));
    }
    points(html);
    tail.ifPresent(law -> line(html, law));
    Plot.close(
        html,
        "score",
        "Share of the positive scores that are at least as high (dots)"
            + (tail.isPresent() ? ", and the fitted power law (dashed line)" : "")
            + ". Both axes are logarithmic: a power law is a straight line.");
  }

  /** At ranks that grow by a constant factor. */
  private void points(StringBuilder html) {
    html.append("<path class=dots d=\"");
    int shown = positive.length - positive.length / 10;
    int previous = 0;
    for (int i = 0; i < POINTS; i++) {
      int rank = (int) Math.round(Math.pow(shown, i / (POINTS - 1.0)));
      if (rank > previous) {
        html.append('M').append(x.pixel(positive[positive.length - rank])).append(' ');
        html.append(y.pixel((double) rank / positive.length)).append("h0");
        previous = rank;
      }
    }
    html.append("\"/>");
  }

  private void line(StringBuilder html, PowerLawTail law) {
    double start = (double) law.count() / positive.length;
    double reach = positive[positive.length - 1] / law.minimum();
    double lowest = Math.max(start * Math.pow(reach, 1 - law.exponent()), y.low());
    double end = law.minimum() * Math.pow(lowest / start, 1 / (1 - law.exponent()));
    html.append("<path class=law d=\"M").append(x.pixel(Math.max(law.minimum(), x.low())));
    html.append(' ').append(y.pixel(start)).append('L').append(x.pixel(end)).append(' ');
    html.append(y.pixel(lowest)).append("\"/>");
  }
}
