/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.compute.TensorCores;
import java.util.Objects;

/** How a backend is to run. */
public final class BackendOptions {
  /** More than any machine runs at once, and few enough to be started. */
  private static final int MOST_THREADS = 4096;

  private final Precision precision;
  private final int threads;
  private final TensorCores tensorCores;
  private final long maxMemory;

  /** Checks the thread count and the tensor cores. */
  private BackendOptions(
      Precision precision, int threads, TensorCores tensorCores, long maxMemory) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
    if (threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads must be at most " + MOST_THREADS + ", got " + threads);
    }
    if (precision == Precision.F64 && tensorCores != TensorCores.OFF) {
      throw new IllegalArgumentException(
          "Tensor cores in "
              + tensorCores
              + " contradict precision F64; choose F32, or TensorCores.OFF.");
    }
    this.precision = Objects.requireNonNull(precision, "precision");
    this.threads = threads;
    this.tensorCores = Objects.requireNonNull(tensorCores, "tensorCores");
    this.maxMemory = maxMemory;
  }

  /**
   * Without tensor cores, with as much memory as there is.
   *
   * @param precision the arithmetic
   * @param threads how many threads it may use, the calling one included; 1 to 4096
   * @return the options
   */
  public static BackendOptions of(Precision precision, int threads) {
    return new BackendOptions(precision, threads, TensorCores.OFF, Long.MAX_VALUE);
  }

  /**
   * Lets covariances lose accuracy for speed; not with F64.
   *
   * @param cores off, or how inputs are rounded
   * @return a copy
   */
  public BackendOptions withTensorCores(TensorCores cores) {
    return new BackendOptions(precision, threads, cores, maxMemory);
  }

  /**
   * Bounds what it may hold at a time: tensors, accumulators, work of operations. A backend that
   * counts them refuses more.
   *
   * @param bytes the budget
   * @return a copy
   */
  public BackendOptions withMaxMemory(long bytes) {
    return new BackendOptions(precision, threads, tensorCores, bytes);
  }

  /**
   * The arithmetic.
   *
   * @return the precision
   */
  public Precision precision() {
    return precision;
  }

  /**
   * How many threads it may use, the calling one included.
   *
   * @return at least 1
   */
  public int threads() {
    return threads;
  }

  /**
   * Whether covariances may lose accuracy for speed.
   *
   * @return off, or how inputs are rounded
   */
  public TensorCores tensorCores() {
    return tensorCores;
  }

  /**
   * What it may hold at a time.
   *
   * @return bytes
   */
  public long maxMemory() {
    return maxMemory;
  }
}
