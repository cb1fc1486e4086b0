/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.memory;

import java.nio.file.Path;

/**
 * The native memory that a backend may take when the user says nothing: as much as the Java heap,
 * or 2 GiB if that is more, but no more than half of what the machine or the container leaves
 * beside the heap and the JVM. The other half is for what is not counted: fitted factors, what
 * sources push, LAPACK's scratch.
 */
public final class DefaultBudget {
  private static final long USUAL = 2L << 30;

  /** The JVM and OpenBLAS without any work, resident: docs/cost-and-memory.md. */
  private static final long OVERHEAD = 128L << 20;

  /** However little is left; a backend that needs more says so. */
  private static final int SMALLEST_SHARE = 5;

  private DefaultBudget() {}

  /**
   * The budget on this machine.
   *
   * @return bytes
   */
  public static long bytes() {
    return bytes(Runtime.getRuntime().maxMemory(), MemoryLimit.bytes(Path.of("/")));
  }

  static long bytes(long heap, long limit) {
    long usual = Math.max(heap, USUAL);
    if (limit == MemoryLimit.NONE) {
      return usual;
    }
    long left = Math.max((limit - heap - OVERHEAD) / 2, limit / SMALLEST_SHARE);
    return Math.min(usual, left);
  }
}
