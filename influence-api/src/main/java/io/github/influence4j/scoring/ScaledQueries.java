/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.spi.QueryFactors;

/**
 * Preconditioned queries of one group of a layer, divided by powers of two.
 *
 * @param factors what to dot with; owned
 * @param exponents query factor q is 2^exponents[q] times {@code factors}
 */
record ScaledQueries(QueryFactors factors, int[] exponents) implements AutoCloseable {
  /** Whether nothing is divided. */
  boolean unscaled() {
    for (int exponent : exponents) {
      if (exponent != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    factors.close();
  }
}
