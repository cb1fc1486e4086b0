/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.spi.support.MemoryLedger;

/**
 * Counts the memory that a backend holds, refuses what exceeds {@code maxMemory}, and says how
 * large the pieces are that work is cut into. Counted are blocks of device memory, the pinned
 * buffers, and the solver's work space on the host. Sizes of pieces change no result. Guarded by
 * the engine.
 */
public final class MemoryBudget extends MemoryLedger {
  private static final long SMALLEST_BATCH = 2L << 20;
  private static final int SMALLEST_STAGING = 256 << 10;

  // Of the budget, so that tensors have most of it: three batches and two buffers are a fifth.
  private static final int BATCHES = 16;
  private static final int BUFFERS = 128;
  private static final int PAGE = 4096;

  private final long batch;
  private final int staging;

  MemoryBudget(long limit, Tuning tuning) {
    super(limit);
    this.batch = Math.min(tuning.workBytes(), Math.max(SMALLEST_BATCH, limit / BATCHES));
    long buffer = Math.max(SMALLEST_STAGING, limit / BUFFERS / PAGE * PAGE);
    this.staging = (int) Math.min(tuning.stagingBytes(), buffer);
  }

  /** What of a batch is on the device at a time; as much again is for work spaces. */
  public long batch() {
    return batch;
  }

  /** What of a batch crosses over at a time: as much is read by kernels meanwhile. */
  public long arrivals() {
    return batch / 2;
  }

  /** Size of each of the two pinned buffers. */
  public int staging() {
    return staging;
  }

  /** Counts bytes about to be allocated. */
  public void take(long bytes, MemoryUse use) {
    take(bytes, use.what(), use.remedy());
  }
}
