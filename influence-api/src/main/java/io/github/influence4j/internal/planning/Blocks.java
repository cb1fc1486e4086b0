/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.planning;

import java.util.ArrayList;
import java.util.List;

/** Cuts a list of layers into consecutive blocks that each fit in memory. */
final class Blocks {
  private Blocks() {}

  /**
   * The fewest blocks for which the sum of {@code each} and the largest of {@code once} stay within
   * the budget. An item that does not fit alone gets a block of its own.
   *
   * @param each bytes that an item holds beside the others of its block
   * @param once bytes that an item needs for a moment
   * @param maxMemory budget in bytes
   * @return numbers of the items, block by block
   */
  static List<List<Integer>> of(long[] each, long[] once, long maxMemory) {
    List<List<Integer>> blocks = new ArrayList<>();
    List<Integer> block = new ArrayList<>();
    long sum = 0;
    long largest = 0;
    for (int i = 0; i < each.length; i++) {
      if (!block.isEmpty() && sum + each[i] + Math.max(largest, once[i]) > maxMemory) {
        blocks.add(List.copyOf(block));
        block.clear();
        sum = 0;
        largest = 0;
      }
      block.add(i);
      sum += each[i];
      largest = Math.max(largest, once[i]);
    }
    blocks.add(List.copyOf(block));
    return blocks;
  }
}
