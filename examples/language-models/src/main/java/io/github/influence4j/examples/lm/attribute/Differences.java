/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

/** Mean and standard error of paired differences, as they come (Welford). */
final class Differences {
  private long count;
  private double mean;
  private double squares;

  /** Adds what was lost now less what was lost before, token by token. */
  void add(double[] now, double[] before) {
    for (int i = 0; i < now.length; i++) {
      count++;
      double difference = now[i] - before[i];
      double off = difference - mean;
      mean += off / count;
      squares += off * (difference - mean);
    }
  }

  long count() {
    return count;
  }

  double mean() {
    return mean;
  }

  /** The mean in standard errors; 0 where nothing differs or there are too few to tell. */
  double errors() {
    if (count < 2 || mean == 0) {
      return 0;
    }
    return mean / Math.sqrt(squares / (count - 1) / count);
  }
}
