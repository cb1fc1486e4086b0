/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.compute.TensorCores;

/**
 * How a backend is to run.
 *
 * @param precision the arithmetic
 * @param threads how many threads it may use, the calling one included; at least 1
 * @param tensorCores whether covariances may lose accuracy for speed; with F64 only OFF
 * @param maxMemory bytes that it may hold at a time: tensors, accumulators, work of operations. A
 *     backend that counts them refuses more
 */
public record BackendOptions(
    Precision precision, int threads, TensorCores tensorCores, long maxMemory) {
  /** Checks the thread count and the tensor cores. */
  public BackendOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
    if (precision == Precision.F64 && tensorCores != TensorCores.OFF) {
      throw new IllegalArgumentException(
          "Tensor cores in "
              + tensorCores
              + " contradict precision F64; choose F32, or TensorCores.OFF.");
    }
  }

  /**
   * Without tensor cores, with as much memory as there is.
   *
   * @param precision the arithmetic
   * @param threads how many threads it may use, the calling one included; at least 1
   */
  public BackendOptions(Precision precision, int threads) {
    this(precision, threads, TensorCores.OFF);
  }

  /**
   * With as much memory as there is.
   *
   * @param precision the arithmetic
   * @param threads how many threads it may use, the calling one included; at least 1
   * @param tensorCores whether covariances may lose accuracy for speed; with F64 only OFF
   */
  public BackendOptions(Precision precision, int threads, TensorCores tensorCores) {
    this(precision, threads, tensorCores, Long.MAX_VALUE);
  }
}
