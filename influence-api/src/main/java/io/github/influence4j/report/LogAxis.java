/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.stream.IntStream;

/**
 * A logarithmic axis.
 *
 * @param low value at its start, above 0
 * @param high value at its end
 * @param start pixel of {@code low}
 * @param end pixel of {@code high}
 */
record LogAxis(double low, double high, double start, double end) {
  /** Rounded, so that pages stay small. */
  double pixel(double value) {
    double share = (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low));
    return Math.round(10 * (start + share * (end - start))) / 10.0;
  }

  /** The powers of ten on it, at most about six; the two ends where there is but one. */
  double[] ticks() {
    int first = (int) Math.ceil(Math.log10(low) - 1e-9);
    int last = (int) Math.floor(Math.log10(high) + 1e-9);
    if (last <= first) {
      return new double[] {low, high};
    }
    int step = 1 + (last - first) / 6;
    return IntStream.rangeClosed(0, (last - first) / step)
        .mapToDouble(i -> Math.pow(10, first + i * step))
        .toArray();
  }
}
