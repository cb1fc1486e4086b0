/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.memory;

import java.util.Locale;

/** What the Java heap can hold at all, asked before it is filled. */
public final class HeapSpace {
  /** Elements of the longest array that JVMs make. */
  private static final int LONGEST = Integer.MAX_VALUE - 8;

  private static final double GIBIBYTE = 1L << 30;

  private HeapSpace() {}

  /**
   * Refuses arrays that no collection of garbage makes room for.
   *
   * @param arrays how many there will be at a time
   * @param length of each
   * @param elementBytes of each element
   * @param what they are for, the first words of the refusal
   * @param remedy its last words
   * @throws IllegalArgumentException if the heap can never hold them
   */
  public static void require(
      double arrays, long length, int elementBytes, String what, String remedy) {
    double bytes = arrays * length * elementBytes;
    long heap = Runtime.getRuntime().maxMemory();
    if (bytes > heap || length > LONGEST) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s would need %.1f GiB of Java heap, in arrays of %d, but it has %.1f GiB, in arrays"
                  + " of at most %d; %s",
              what,
              bytes / GIBIBYTE,
              length,
              heap / GIBIBYTE,
              LONGEST,
              remedy));
    }
  }
}
