/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.RowTargets;

/** Half the squared error: predictions and targets [..., outputs]. */
record GaussianObjective(NDArray predictions, NDArray targets) implements Objective {
  @Override
  public Loss dataLoss(BatchRows rows) {
    requireFinite(rows);
    return loss(rows, targets);
  }

  @Override
  public Loss sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample) {
    int outputs = outputs();
    requireFinite(rows);
    double[] means = predictions.toType(DataType.FLOAT64, false).toDoubleArray();
    double[] sampled = RowTargets.sampled(means, outputs, rows, sampler, firstExample);
    return loss(rows, predictions.getManager().create(sampled, predictions.getShape()));
  }

  private int outputs() {
    long[] shape = predictions.getShape().getShape();
    return Math.toIntExact(shape[shape.length - 1]);
  }

  private void requireFinite(BatchRows rows) {
    double[] values =
        targets
            .toType(predictions.getDataType(), false)
            .toType(DataType.FLOAT64, false)
            .toDoubleArray();
    RowTargets.requireFinite(values, outputs(), rows, predictions.getDataType());
  }

  private Loss loss(BatchRows rows, NDArray wanted) {
    int[] counting = Objective.counting(rows);
    NDArray typed = wanted.toType(predictions.getDataType(), false);
    NDArray error = Objective.rows(predictions, counting).sub(Objective.rows(typed, counting));
    NDArray each = error.mul(error).sum(new int[] {1}).mul(0.5f);
    return Loss.of(each, Objective.owners(rows, counting));
  }
}
