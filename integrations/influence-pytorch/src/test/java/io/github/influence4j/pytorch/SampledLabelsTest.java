/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.RowLabels;
import java.util.Arrays;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class SampledLabelsTest {
  private static final LabelSampler SAMPLER = new LabelSampler(9);

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
    manual_seed(2);
  }

  private static long[] sample(Tensor logits, Tensor labels, BatchRows rows, long first) {
    return new SoftmaxObjective(logits, labels).sampledLabels(rows, SAMPLER, first);
  }

  private static BatchRows rows(int examples, int length) {
    return new BatchRows(examples, length, null, null);
  }

  @Test
  void batchesDrawWhatTheWholeDraws() {
    Tensor logits = randn(6, 4, 5);
    Tensor labels = Naive.ids(new long[6][4]);
    long[] whole = sample(logits, labels, rows(6, 4), 0);
    long[] parts = new long[24];
    for (int first = 0; first < 6; first += 2) {
      long[] part =
          sample(logits.narrow(0, first, 2), labels.narrow(0, first, 2), rows(2, 4), first);
      System.arraycopy(part, 0, parts, first * 4, 8);
    }
    assertThat(parts).containsExactly(whole);
    assertThat(Arrays.stream(whole).distinct().count()).isGreaterThan(2);
  }

  @Test
  void paddingOnEitherSideAndPackingDrawTheSame() {
    Tensor logits = randn(3, 5);
    Tensor padded = zeros(1, 4, 5);
    padded.narrow(1, 1, 3).copy_(logits.unsqueeze(0));
    boolean[] left = {false, true, true, true};
    long[] labels = sample(padded, Naive.ids(new long[1][4]), new BatchRows(1, 4, null, left), 8);
    long[] packed =
        sample(logits, Naive.ids(new long[1][3]), new BatchRows(1, 0, new int[] {0, 3}, null), 8);
    assertThat(labels[0]).isEqualTo(RowLabels.IGNORED);
    assertThat(Arrays.copyOfRange(labels, 1, 4)).containsExactly(packed);
  }

  @Test
  void rowsWithoutLossInTheDataHaveNoneSampled() {
    Tensor labels = AbstractTensor.create(new long[] {1, RowLabels.IGNORED}, 1, 2);
    assertThat(sample(randn(1, 2, 5), labels, rows(1, 2), 0)[1]).isEqualTo(RowLabels.IGNORED);
  }

  @Test
  void frequenciesAreTheSoftmax() {
    int examples = 20_000;
    Tensor logits = AbstractTensor.create(new float[] {0, (float) Math.log(3)}, 1, 2);
    long[] drawn =
        sample(
            logits.expand(new long[] {examples, 2}, false),
            zeros(examples).to(org.bytedeco.pytorch.global.torch.ScalarType.Long),
            rows(examples, 1),
            0);
    // 4 standard deviations of a share of 3/4
    assertThat(Arrays.stream(drawn).average().orElseThrow())
        .isBetween(0.75 - 0.0123, 0.75 + 0.0123);
  }

  @Test
  void gaussianTargetsHaveVarianceOne() {
    int examples = 20_000;
    Tensor predictions = zeros(examples, 1).add(new Scalar(3f));
    Tensor loss =
        new GaussianObjective(predictions, predictions)
            .sampledLoss(rows(examples, 1), SAMPLER, 0)
            .sum();
    // ½ E[N(0,1)²] = ½ an example; 4 standard deviations are 4 √(½/20000)
    assertThat(loss.item_double() / examples).isBetween(0.48, 0.52);
  }
}
