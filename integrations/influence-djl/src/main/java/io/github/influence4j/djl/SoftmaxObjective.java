/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.TensorView;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Cross-entropy.
 *
 * @param logits [..., classes]
 * @param labels a row each, {@link #IGNORED} for none
 */
record SoftmaxObjective(NDArray logits, long[] labels) implements Objective {
  /** PyTorch's label of rows without a loss. */
  static final long IGNORED = -100;

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
            requirePossible(values.get(row * classes + (int) labels[row]), row);
          }
        });
    return loss(rows, counting);
  }

  private void requirePossible(double logit, int row) {
    if (logit == Double.NEGATIVE_INFINITY) {
      throw new IllegalArgumentException(
          "Labels hold "
              + labels[row]
              + " in row "
              + row
              + ", a class whose logit is -Infinity, so that the loss is infinite; expected one of"
              + " the "
              + classes()
              + " classes that the model can give, or -100 for rows without a loss.");
    }
  }

  @Override
  public Loss sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample) {
    return loss(rows, sampledLabels(rows, sampler, firstExample));
  }

  /** One label a row; rows without a loss in the data have none here either. */
  long[] sampledLabels(BatchRows rows, LabelSampler sampler, long firstExample) {
    int classes = classes();
    TensorView values = ArrayViews.of("The array of logits", logits);
    long[] sampled = new long[labels.length];
    Arrays.fill(sampled, IGNORED);
    double[] row = new double[classes];
    rows.forEach(
        firstExample,
        (r, example, place) -> {
          if (labels[r] != IGNORED) {
            for (int c = 0; c < classes; c++) {
              row[c] = values.get(r * classes + c);
            }
            sampled[r] = sampler.softmax(row, example, place);
          }
        });
    return sampled;
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
