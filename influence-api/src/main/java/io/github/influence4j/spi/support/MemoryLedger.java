/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

/**
 * Counts the memory that a backend holds, and refuses what exceeds {@link
 * io.github.influence4j.spi.BackendOptions#maxMemory}. A backend may extend it by what else it
 * plans with.
 */
public class MemoryLedger {
  private final long limit;
  private long used;
  private long peak;

  /**
   * Of a backend that holds nothing.
   *
   * @param limit bytes that it may hold at a time
   */
  public MemoryLedger(long limit) {
    this.limit = limit;
  }

  /**
   * Counts bytes about to be allocated.
   *
   * @param bytes how many
   * @param what they are for, to begin a sentence with
   * @param remedy what needs less of them, to end a sentence with that began with maxMemory
   * @throws IllegalStateException if they do not fit
   */
  public final synchronized void take(long bytes, String what, String remedy) {
    if (bytes > limit - used) {
      throw new IllegalStateException(
          what
              + " needs "
              + bytes
              + " bytes, which do not fit beside "
              + used
              + " bytes in use into maxMemory="
              + limit
              + "; raise Influence.builder().maxMemory, "
              + remedy
              + ".");
    }
    used += bytes;
    peak = Math.max(peak, used);
  }

  /**
   * Counts bytes that were freed.
   *
   * @param bytes how many
   */
  public final synchronized void give(long bytes) {
    used -= bytes;
  }

  /**
   * What may still be taken.
   *
   * @return bytes
   */
  public final synchronized long free() {
    return limit - used;
  }

  /**
   * The most that was taken at a time.
   *
   * @return bytes
   */
  public final synchronized long peak() {
    return peak;
  }
}
