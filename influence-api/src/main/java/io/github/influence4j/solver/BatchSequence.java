/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The mini-batches of a run, by step. Keeps the order of one epoch. */
final class BatchSequence {
  private final MiniBatches batches;
  private final int examples;
  private int[] order = {};
  private long orderOf = -1;

  BatchSequence(MiniBatches batches, long examples) {
    this.batches = batches;
    this.examples = batches.whole(examples) ? 0 : Math.toIntExact(examples);
  }

  /** The examples of a step, ascending; null for all. */
  long @Nullable [] at(long step) {
    if (examples == 0) {
      return null;
    }
    int each = batches.size();
    long perEpoch = examples / each;
    int first = (int) (step % perEpoch) * each;
    int[] shuffled = order(step / perEpoch);
    long[] batch = new long[each];
    Arrays.setAll(batch, i -> shuffled[first + i]);
    Arrays.sort(batch);
    return batch;
  }

  private int[] order(long epoch) {
    if (epoch != orderOf) {
      long[] keys = new long[examples];
      Arrays.setAll(keys, i -> batches.key(epoch, i));
      order =
          IntStream.range(0, examples)
              .boxed()
              .sorted(Comparator.comparingLong((Integer i) -> keys[i]).thenComparingInt(i -> i))
              .mapToInt(i -> i)
              .toArray();
      orderOf = epoch;
    }
    return order;
  }
}
