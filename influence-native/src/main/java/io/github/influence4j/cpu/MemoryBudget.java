/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.Truncation;
import org.jspecify.annotations.Nullable;

/**
 * Counts the native memory of a backend, refuses what exceeds its budget, and says how large the
 * pieces are that work is cut into. Sizes of pieces change no result.
 */
final class MemoryBudget {
  private static final long LARGEST_BATCH = 32L << 20;
  private static final long SMALLEST_BATCH = 512L << 10;

  /** Batches that an operation holds at most: {@link #work} adds them up. */
  private static final int BATCHES = 32;

  private final long limit;
  private final long workspaces;
  private final int threads;
  private final int elementBytes;
  private final long batch;
  private long used;
  private long peak;

  MemoryBudget(BackendOptions options) {
    this.limit = options.maxMemory();
    this.threads = options.threads();
    this.elementBytes = options.precision().type().bytes();
    this.workspaces = threads * Kernels.workspaceBytes();
    // Half of the budget for work, half for tensors.
    long share = (limit - workspaces) / (2 * BATCHES);
    this.batch = Math.max(SMALLEST_BATCH, Math.min(LARGEST_BATCH, share));
  }

  /** What is packed, rotated or formed at a time. */
  long batch() {
    return batch;
  }

  /** The same where less than that is as fast. */
  long batch(long preferred) {
    return Math.min(preferred, batch);
  }

  /** The rows of a batch, in the widest of their forms, that an operation is handed at a time. */
  long window() {
    return 4 * batch;
  }

  /** What is kept from one operation to the next. */
  long kept() {
    return 8 * batch;
  }

  /**
   * An upper bound of what operations on a layer hold beside tensors: two windows of copied rows,
   * three of rotated rows, packed rows and results, what is kept, smaller things; and what cannot
   * be cut. An example whose rows exceed a window takes more.
   */
  long work(int inputs, int outputs, @Nullable Truncation truncation) {
    long gradient = (long) inputs * outputs * elementBytes;
    long covariance =
        2L * CpuCovariance.FLUSH * (Math.max(inputs, outputs) + KernelConstants.COLUMN_UNIT) * elementBytes;
    long truncated =
        truncation == null
            ? 0
            : threads * LowRankQuery.bytes(inputs, outputs, truncation, elementBytes);
    return workspaces + BATCHES * batch + Math.max(truncated, Math.max(2 * gradient, covariance));
  }

  /** The same for the eigendecomposition of one matrix. */
  long eigendecomposition(int dimension) {
    return workspaces + kept() + Eigenproblem.bytes(dimension);
  }

  synchronized long free() {
    return limit - used;
  }

  synchronized long peak() {
    return peak;
  }

  synchronized void take(String use, long bytes) {
    if (bytes > limit - used) {
      throw new IllegalStateException(
          use
              + ": "
              + bytes
              + " bytes of native memory do not fit beside "
              + used
              + " bytes in use into maxMemory="
              + limit
              + "; raise maxMemory, pass shorter examples, or compute with fewer threads.");
    }
    used += bytes;
    peak = Math.max(peak, used);
  }

  synchronized void give(long bytes) {
    used -= bytes;
  }
}
