/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.document;

import java.util.Arrays;

/**
 * A scale from the first to the last tick.
 *
 * @param label what it shows, with unit
 * @param log whether logarithmic
 * @param ticks ascending, at least two
 */
public record Axis(String label, boolean log, double... ticks) {
  /** Checks the ticks. */
  public Axis {
    if (ticks.length < 2) {
      throw new IllegalArgumentException("An axis needs two ticks, got " + Arrays.toString(ticks));
    }
  }

  /**
   * From 0 to 1.
   *
   * @param label what it shows
   * @return the axis
   */
  public static Axis share(String label) {
    return new Axis(label, false, 0, 0.2, 0.4, 0.6, 0.8, 1);
  }

  /**
   * From 0, or from a negative value, in round steps.
   *
   * @param label what it shows
   * @param lowest value
   * @param highest value
   * @return the axis
   */
  public static Axis linear(String label, double lowest, double highest) {
    double range = Math.max(highest - Math.min(0, lowest), 1e-12);
    double step = Math.pow(10, Math.floor(Math.log10(range)));
    step *= range / step < 2 ? 0.2 : range / step < 5 ? 0.5 : 1;
    double first = Math.floor(Math.min(0, lowest) / step);
    double last = Math.max(first + 1, Math.ceil(highest / step));
    double[] ticks = new double[(int) (last - first) + 1];
    for (int i = 0; i < ticks.length; i++) {
      ticks[i] = (first + i) * step;
    }
    return new Axis(label, false, ticks);
  }

  /**
   * Powers of ten around positive values.
   *
   * @param label what it shows
   * @param lowest value
   * @param highest value
   * @return the axis
   */
  public static Axis decades(String label, double lowest, double highest) {
    int first = (int) Math.floor(Math.log10(lowest));
    int last = Math.max(first + 1, (int) Math.ceil(Math.log10(highest)));
    double[] ticks = new double[last - first + 1];
    Arrays.setAll(ticks, i -> Math.pow(10, first + i));
    return new Axis(label, true, ticks);
  }

  /** Where a value lies: 0 at the first tick, 1 at the last. */
  double place(double value) {
    double from = ticks[0];
    double to = ticks[ticks.length - 1];
    return log ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
  }
}
