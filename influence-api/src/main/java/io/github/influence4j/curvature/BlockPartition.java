/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

/** Splits features into contiguous blocks whose sizes differ by at most one. */
final class BlockPartition {
  private BlockPartition() {}

  /** First feature of each block, then the dimension. */
  static int[] offsets(int dimension, int blocks) {
    int count = Math.min(blocks, dimension);
    int[] offsets = new int[count + 1];
    for (int b = 0; b <= count; b++) {
      offsets[b] = (int) ((long) dimension * b / count);
    }
    return offsets;
  }
}
