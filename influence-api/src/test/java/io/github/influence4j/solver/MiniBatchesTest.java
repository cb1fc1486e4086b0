/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Batches depend on seed and step alone. */
final class MiniBatchesTest extends SolverTest {
  @Test
  void anEpochTakesEachExampleOnce() {
    BatchSequence batches = new BatchSequence(new MiniBatches(4, 9), 12);
    for (int epoch = 0; epoch < 3; epoch++) {
      int first = 3 * epoch;
      long[] all =
          IntStream.range(0, 3)
              .boxed()
              .flatMapToLong(b -> LongStream.of(at(batches, first + b)))
              .sorted()
              .toArray();
      assertThat(all).isEqualTo(LongStream.range(0, 12).toArray());
    }
    assertThat(at(batches, 0)).isNotEqualTo(at(batches, 3));
  }

  private static long[] at(BatchSequence batches, long step) {
    long[] batch = batches.at(step);
    assertThat(batch).isNotNull().isSorted();
    return batch;
  }

  @Test
  void anyStepCanBeHadAlone() {
    MiniBatches settings = new MiniBatches(5, 2);
    BatchSequence inOrder = new BatchSequence(settings, 23);
    for (long step = 0; step < 20; step++) {
      long[] batch = at(inOrder, step);
      assertThat(batch).hasSize(5).doesNotHaveDuplicates();
      assertThat(at(new BatchSequence(settings, 23), step)).isEqualTo(batch);
    }
    BatchSequence otherSeed = new BatchSequence(new MiniBatches(5, 3), 23);
    assertThat(at(otherSeed, 0)).isNotEqualTo(at(inOrder, 0));
  }

  @Test
  void batchesOfAllAreAll() {
    assertThat(new BatchSequence(MiniBatches.ALL, 9).at(4)).isNull();
    assertThat(new BatchSequence(new MiniBatches(9, 1), 9).at(4)).isNull();
  }

  @Test
  void sameSeedSameBits() {
    Astra astra = Astra.iterations(30, ekfac).withBatches(new MiniBatches(7, 1));
    double[][] once = astra.solve(system, vectors).vectors();
    assertThat(astra.solve(system, vectors).vectors()).isDeepEqualTo(once);
    double[][] other = astra.withBatches(new MiniBatches(7, 2)).solve(system, vectors).vectors();
    assertThat(Arrays.deepEquals(other, once)).isFalse();
  }
}
