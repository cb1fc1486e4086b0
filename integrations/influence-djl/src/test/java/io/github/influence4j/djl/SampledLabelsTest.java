/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.RowLabels;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class SampledLabelsTest {
  private static final LabelSampler SAMPLER = new LabelSampler(9);

  private final NDManager manager = NDManager.newBaseManager();

  @BeforeAll
  static void seed() {
    Engine.getEngine("PyTorch").setRandomSeed(2);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static long[] sample(NDArray logits, long[] labels, BatchRows rows, long first) {
    return new SoftmaxObjective(logits, labels).sampledLabels(rows, SAMPLER, first);
  }

  @Test
  void batchesDrawWhatTheWholeDraws() {
    NDArray logits = manager.randomNormal(new Shape(6, 4, 5));
    long[] whole = sample(logits, new long[24], BatchRows.of(6, 4), 0);
    long[] parts = new long[24];
    for (int first = 0; first < 6; first += 2) {
      NDArray some = logits.get(new NDIndex(first + ":" + (first + 2)));
      System.arraycopy(
          sample(some, new long[8], BatchRows.of(2, 4), first), 0, parts, first * 4, 8);
    }
    assertThat(parts).containsExactly(whole);
    assertThat(Arrays.stream(whole).distinct().count()).isGreaterThan(2);
  }

  @Test
  void paddingOnEitherSideAndPackingDrawTheSame() {
    NDArray logits = manager.randomNormal(new Shape(3, 5));
    NDArray padded = manager.zeros(new Shape(1, 5)).concat(logits).expandDims(0);
    boolean[] left = {false, true, true, true};
    BatchRows masked = BatchRows.of(1, 4).withMask(new long[] {1, 4}, left);
    long[] labels = sample(padded, new long[4], masked, 8);
    long[] packed = sample(logits, new long[3], BatchRows.of(1, 3).withOffsets(0, 3), 8);
    assertThat(labels[0]).isEqualTo(RowLabels.IGNORED);
    assertThat(Arrays.copyOfRange(labels, 1, 4)).containsExactly(packed);
  }

  @Test
  void rowsWithoutLossInTheDataHaveNoneSampled() {
    long[] labels = {1, RowLabels.IGNORED};
    NDArray logits = manager.randomNormal(new Shape(1, 2, 5));
    assertThat(sample(logits, labels, BatchRows.of(1, 2), 0)[1]).isEqualTo(RowLabels.IGNORED);
  }

  @Test
  void frequenciesAreTheSoftmax() {
    int examples = 20_000;
    NDArray logits =
        manager.create(new float[] {0, (float) Math.log(3)}, new Shape(1, 2)).repeat(0, examples);
    long[] drawn = sample(logits, new long[examples], BatchRows.of(examples), 0);
    // 4 standard deviations of a share of 3/4
    assertThat(Arrays.stream(drawn).average().orElseThrow())
        .isBetween(0.75 - 0.0123, 0.75 + 0.0123);
  }

  @Test
  void gaussianTargetsHaveVarianceOne() {
    int examples = 20_000;
    NDArray predictions = manager.full(new Shape(examples, 1), 3f);
    NDArray loss =
        new GaussianObjective(predictions, predictions)
            .sampledLoss(BatchRows.of(examples), SAMPLER, 0)
            .sum();
    // ½ E[N(0,1)²] = ½ an example; 4 standard deviations are 4 √(½/20000)
    assertThat(loss.getFloat() / examples).isBetween(0.48f, 0.52f);
  }
}
