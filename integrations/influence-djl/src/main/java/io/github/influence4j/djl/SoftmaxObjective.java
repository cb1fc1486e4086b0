/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static io.github.influence4j.capture.RowLabels.IGNORED;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.RowLabels;
import io.github.influence4j.capture.TensorView;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Cross-entropy.
 *
 * @param logits [..., classes]
 * @param labels a row each, {@link RowLabels#IGNORED} for none
 */
record SoftmaxObjective(NDArray logits, long[] labels) implements Objective {
  @Override
  public Loss dataLoss(BatchRows rows) {
    long[] counting = new long[labels.length];
    Arrays.fill(counting, IGNORED);
    int classes = classes();
    TensorView values = ArrayViews.of("The array of logits", logits);
    rows.forEach(
        0,
        (row, example, place) -> {
          counting[row] = labels[row];
          if (labels[row] != IGNORED) {
            double logit = values.get(row * classes + (int) labels[row]);
            RowLabels.requirePossible(logit, labels[row], row, classes);
          }
        });
    return loss(rows, counting);
  }

  @Override
  public Loss sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample) {
    return loss(rows, sampledLabels(rows, sampler, firstExample));
  }

  /** One label a row; rows without a loss in the data have none here either. */
  long[] sampledLabels(BatchRows rows, LabelSampler sampler, long firstExample) {
    TensorView values = ArrayViews.of("The array of logits", logits);
    return RowLabels.sampled(values, labels, rows, sampler, firstExample);
  }

  private int classes() {
    Shape shape = logits.getShape();
    return Math.toIntExact(shape.get(shape.dimension() - 1));
  }

  private Loss loss(BatchRows batch, long[] rowLabels) {
    int[] rows =
        IntStream.range(0, rowLabels.length).filter(row -> rowLabels[row] != IGNORED).toArray();
    long[] chosen = Arrays.stream(rows).mapToLong(row -> rowLabels[row]).toArray();
    NDArray index = logits.getManager().create(chosen, new Shape(chosen.length, 1));
    NDArray each = Objective.rows(logits, rows).logSoftmax(1).gather(index, 1).neg().flatten();
    return Loss.of(each, Objective.owners(batch, rows));
  }
}
