/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.support.MemoryLedger;

/**
 * Counts the native memory of a backend, refuses what exceeds its budget, and says how large the
 * pieces are that work is cut into. Sizes of pieces change no result.
 */
public final class MemoryBudget extends MemoryLedger {
  private static final long LARGEST_BATCH = 32L << 20;
  private static final long SMALLEST_BATCH = 512L << 10;

  /** Batches that an operation holds at most: the backend's WorkBound says which. */
  private static final int BATCHES = 32;

  private final long workspaces;
  private final long batch;

  public MemoryBudget(BackendOptions options) {
    super(options.maxMemory());
    this.workspaces = options.threads() * Kernels.workspaceBytes();
    // Half of the budget for work, half for tensors.
    long share = (options.maxMemory() - workspaces) / (2 * BATCHES);
    this.batch = Math.max(SMALLEST_BATCH, Math.min(LARGEST_BATCH, share));
  }

  /** What is packed, rotated or formed at a time. */
  public long batch() {
    return batch;
  }

  /** The same where less than that is as fast. */
  public long batch(long preferred) {
    return Math.min(preferred, batch);
  }

  /** The rows of a batch, in the widest of their forms, that an operation is handed at a time. */
  public long window() {
    return 4 * batch;
  }

  /** What is kept from one operation to the next. */
  public long kept() {
    return 8 * batch;
  }

  /** The threads' workspaces. */
  public long fixed() {
    return workspaces;
  }

  /** What an operation holds that is cut into batches, workspaces included, at most. */
  public long cut() {
    return workspaces + BATCHES * batch;
  }

  void take(String use, long bytes) {
    take(bytes, use, "pass shorter examples, or compute with fewer threads");
  }
}
