/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import java.util.Comparator;
import java.util.stream.IntStream;

/** An order of the corpus: the largest value first, equal ones by number. */
final class Places {
  private final double[] values;
  private final int[] order;
  private final int[] places;

  Places(double[] values) {
    this.values = values;
    order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -values[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    places = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      places[order[i]] = i + 1;
    }
  }

  double[] values() {
    return values;
  }

  /** From 1. */
  int of(int example) {
    return places[example];
  }

  /** How many of the first are among the first of another order. */
  int shared(Places other, int first) {
    return (int) IntStream.of(order).limit(first).filter(i -> other.of(i) <= first).count();
  }
}
