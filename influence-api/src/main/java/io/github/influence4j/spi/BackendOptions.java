/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

/**
 * How a backend is to run.
 *
 * @param precision the arithmetic
 * @param threads how many threads it may use, the calling one included; at least 1
 */
public record BackendOptions(Precision precision, int threads) {
  /** Checks the thread count. */
  public BackendOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
  }
}
