/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.RowLabels;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Labels are drawn from what the model says, the same for an example wherever it lies in a batch.
 *
 * @param <T> what the framework calls an array
 * @param <O> the adapter's ModelOutput
 */
public abstract class SampledLabelsContractTest<T, O> {
  /** Draws all labels and targets. */
  protected static final LabelSampler SAMPLER = new LabelSampler(9);

  private AdapterModel<T, O> net;

  /** A model without layers. */
  protected abstract AdapterModel<T, O> model();

  /** One label a row of the output: logits [..., classes], labels of the data by row. */
  protected abstract long[] sample(T logits, long[] labels, BatchRows rows, long firstExample);

  /** The summed loss for sampled targets, of predictions [examples, outputs]. */
  protected abstract double sampledLoss(T predictions, BatchRows rows);

  @BeforeEach
  void open() {
    net = model();
  }

  @AfterEach
  void close() {
    net.close();
  }

  @Test
  void batchesDrawWhatTheWholeDraws() {
    T logits = net.random(6, 4, 5);
    long[] whole = sample(logits, new long[24], BatchRows.of(6, 4), 0);
    long[] parts = new long[24];
    for (int first = 0; first < 6; first += 2) {
      long[] part = sample(net.range(logits, first, 2), new long[8], BatchRows.of(2, 4), first);
      System.arraycopy(part, 0, parts, first * 4, 8);
    }
    assertThat(parts).containsExactly(whole);
    assertThat(Arrays.stream(whole).distinct().count()).isGreaterThan(2);
  }

  @Test
  void paddingOnEitherSideAndPackingDrawTheSame() {
    T logits = net.random(3, 5);
    double[] padded = new double[4 * 5];
    System.arraycopy(net.values(logits), 0, padded, 5, 3 * 5);
    boolean[] left = {false, true, true, true};
    BatchRows masked = BatchRows.of(1, 4).withMask(new long[] {1, 4}, left);
    long[] labels = sample(net.of(padded, 1, 4, 5), new long[4], masked, 8);
    long[] packed = sample(logits, new long[3], BatchRows.of(1, 3).withOffsets(0, 3), 8);
    assertThat(labels[0]).isEqualTo(RowLabels.IGNORED);
    assertThat(Arrays.copyOfRange(labels, 1, 4)).containsExactly(packed);
  }

  @Test
  void rowsWithoutLossInTheDataHaveNoneSampled() {
    long[] labels = {1, RowLabels.IGNORED};
    assertThat(sample(net.random(1, 2, 5), labels, BatchRows.of(1, 2), 0)[1])
        .isEqualTo(RowLabels.IGNORED);
  }

  @Test
  void frequenciesAreTheSoftmax() {
    int examples = 20_000;
    double[] logits = new double[2 * examples];
    Arrays.setAll(logits, i -> i % 2 * Math.log(3));
    long[] drawn =
        sample(net.of(logits, examples, 2), new long[examples], BatchRows.of(examples), 0);
    // 4 standard deviations of a share of 3/4
    assertThat(Arrays.stream(drawn).average().orElseThrow())
        .isBetween(0.75 - 0.0123, 0.75 + 0.0123);
  }

  @Test
  void gaussianTargetsHaveVarianceOne() {
    int examples = 20_000;
    double[] predictions = new double[examples];
    Arrays.fill(predictions, 3);
    double loss = sampledLoss(net.of(predictions, examples, 1), BatchRows.of(examples));
    // ½ E[N(0,1)²] = ½ an example; 4 standard deviations are 4 √(½/20000)
    assertThat(loss / examples).isBetween(0.48, 0.52);
  }
}
