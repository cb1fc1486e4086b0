/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/**
 * A draw by probabilities that are known in float32 only: which class it is where that is certain.
 *
 * <p>A probability of float32 is off by d·2⁻²⁴ + 4e-7 of itself, where d is how far its logit is
 * below the largest: the rounding of their difference, and of the exponential and the division. The
 * mean of d under the probabilities is at most log(n·m), for n classes whose largest probability is
 * m: the flatter they are, the less. So a sum of some of them is off by as much of the sum of all,
 * and their ratio by twice that.
 */
final class RoughDraw {
  /** Not certain. */
  static final int UNKNOWN = -1;

  private static final double ROUNDING = 0x1p-24;
  private static final double EXPONENTIAL = 4e-7;

  /** Twice, and a third more to be sure. */
  private static final double RATIO = 2.6;

  private static final int BLOCK = 64;

  private final float[] probabilities;
  private final double total;

  RoughDraw(float[] probabilities) {
    this.probabilities = probabilities;
    total = sum(0, probabilities.length);
  }

  /**
   * The class at a place of the cumulated probabilities.
   *
   * @param uniform 0 to 1, 1 excluded
   * @return the class, or UNKNOWN if the place is too close to a border, or there are NaN
   */
  int at(double uniform) {
    if (!(total > 0 && total < Double.POSITIVE_INFINITY)) {
      return UNKNOWN;
    }
    double margin = margin();
    double low = (uniform - margin) * total;
    double high = (uniform + margin) * total;
    double sum = 0;
    int i = 0;
    for (; i + BLOCK <= probabilities.length; i += BLOCK) {
      double more = sum(i, i + BLOCK);
      if (sum + more > low) {
        break;
      }
      sum += more;
    }
    for (; i < probabilities.length; i++) {
      double before = sum;
      sum += probabilities[i];
      if (sum > low) {
        return before <= low && sum > high ? i : UNKNOWN;
      }
    }
    return UNKNOWN;
  }

  private double margin() {
    float max = 0;
    for (float probability : probabilities) {
      max = Math.max(max, probability);
    }
    double spread = Math.log(probabilities.length * (max / total));
    return RATIO * (ROUNDING * Math.max(0, spread) + EXPONENTIAL);
  }

  /** Four sums side by side, which a processor adds up at once. */
  private double sum(int from, int to) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = from;
    for (; i + 4 <= to; i += 4) {
      a += probabilities[i];
      b += probabilities[i + 1];
      c += probabilities[i + 2];
      d += probabilities[i + 3];
    }
    for (; i < to; i++) {
      a += probabilities[i];
    }
    return a + b + (c + d);
  }
}
