/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.RowTargets;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Half the squared error: predictions and targets [..., outputs]. */
record GaussianObjective(Tensor predictions, Tensor targets) implements Objective {
  @Override
  public Loss dataLoss(BatchRows rows) {
    requireFinite(rows);
    return loss(rows, targets);
  }

  @Override
  public Loss sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample) {
    requireFinite(rows);
    int outputs = (int) predictions.size(-1);
    double[] means = HostCopies.doubles(predictions);
    double[] sampled = RowTargets.sampled(means, outputs, rows, sampler, firstExample);
    return loss(rows, AbstractTensor.create(sampled, TensorViews.shape(predictions)));
  }

  @Override
  public Curved curved(BatchRows rows) {
    Tensor padding = Objective.padding(rows, predictions);
    Tensor flat = predictions.reshape(-1, predictions.size(-1));
    return new Curved(
        flat,
        tangents ->
            padding == null ? tangents : tangents.masked_fill(padding.unsqueeze(1), new Scalar(0)));
  }

  private void requireFinite(BatchRows rows) {
    double[] values = HostCopies.doubles(targets.to(predictions.scalar_type()));
    int outputs = (int) predictions.size(-1);
    RowTargets.requireFinite(values, outputs, rows, predictions.scalar_type().intern());
  }

  private Loss loss(BatchRows rows, Tensor wanted) {
    long outputs = predictions.size(-1);
    Tensor error =
        predictions
            .sub(wanted.to(predictions.device(), predictions.scalar_type()))
            .reshape(-1, outputs);
    Tensor padding = Objective.padding(rows, predictions);
    Tensor counting =
        padding == null ? error : error.masked_fill(padding.unsqueeze(1), new Scalar(0));
    return Loss.of(counting.mul(counting).sum(1).mul(new Scalar(0.5)), rows.owners());
  }
}
