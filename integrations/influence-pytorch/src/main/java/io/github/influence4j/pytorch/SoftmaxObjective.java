/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static io.github.influence4j.capture.RowLabels.IGNORED;
import static org.bytedeco.pytorch.global.torch.cross_entropy;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.RowLabels;
import io.github.influence4j.capture.TensorView;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.kNone;

/** Cross-entropy: logits [..., classes], labels [...]. */
record SoftmaxObjective(Tensor logits, Tensor labels) implements Objective {
  @Override
  public Loss dataLoss(BatchRows rows) {
    requirePossible(rows, requireClasses(rows));
    Tensor flat = labels.reshape(-1).to(logits.device(), ScalarType.Long);
    Tensor padding = Objective.padding(rows, logits);
    return loss(rows, padding == null ? flat : flat.masked_fill(padding, new Scalar(IGNORED)));
  }

  @Override
  public Loss sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample) {
    long[] sampled = sampledLabels(rows, sampler, firstExample);
    Tensor drawn = AbstractTensor.create(sampled, sampled.length);
    return loss(rows, drawn.to(logits.device(), ScalarType.Long));
  }

  @Override
  public Curved curved(BatchRows rows) {
    requireClasses(rows);
    Tensor counts =
        labels.reshape(-1, 1).ne(new Scalar(IGNORED)).to(logits.device(), ScalarType.Bool);
    Tensor padding = Objective.padding(rows, logits);
    Tensor real =
        padding == null ? counts : counts.masked_fill(padding.unsqueeze(1), new Scalar(0));
    return Curved.softmax(logits.reshape(-1, logits.size(-1)), real);
  }

  /** One label a row; rows without a loss in the data have none here either. */
  long[] sampledLabels(BatchRows rows, LabelSampler sampler, long firstExample) {
    TensorView values = TensorViews.of("The tensor of logits", logits.detach().cpu().contiguous());
    return RowLabels.sampled(values, requireClasses(rows), rows, sampler, firstExample);
  }

  /** PyTorch would read past the logits, or stop in C++. Returns the labels. */
  private long[] requireClasses(BatchRows rows) {
    long classes = logits.size(-1);
    long[] given = HostCopies.longs(labels);
    rows.forEach(
        0,
        (row, example, place) -> {
          long label = given[row];
          boolean known = label == IGNORED || (label >= 0 && label < classes);
          RowLabels.requireClass(known, label, row, classes);
        });
    return given;
  }

  private void requirePossible(BatchRows rows, long[] given) {
    long classes = logits.size(-1);
    Tensor column =
        labels
            .reshape(-1, 1)
            .clamp(bound(0), bound(classes - 1))
            .to(logits.device(), ScalarType.Long);
    double[] chosen = HostCopies.doubles(logits.detach().reshape(-1, classes).gather(1, column));
    rows.forEach(
        0,
        (row, example, place) -> {
          if (given[row] != IGNORED) {
            RowLabels.requirePossible(chosen[row], given[row], row, classes);
          }
        });
  }

  private static ScalarOptional bound(long value) {
    return new ScalarOptional(new Scalar(value));
  }

  private Loss loss(BatchRows rows, Tensor rowLabels) {
    CrossEntropyLossOptions each = new CrossEntropyLossOptions();
    each.reduction().put(new kNone());
    Tensor flat = logits.reshape(-1, logits.size(-1));
    return Loss.of(cross_entropy(flat, rowLabels, each), rows.owners());
  }
}
