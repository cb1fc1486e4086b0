/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.LabelSampler;
import org.bytedeco.pytorch.Tensor;

/** A loss, for the labels of the data and for labels that the model would have given. */
sealed interface Objective permits SoftmaxObjective, GaussianObjective, GivenLoss {
  /** The summed loss of the rows that count. */
  Tensor dataLoss(BatchRows rows);

  /** The same for sampled labels. */
  Tensor sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample);

  /** Called for each row that counts. */
  interface RowVisitor {
    /** A row of the tensor, its example in the data set, and its place in the example. */
    void visit(int row, long example, int place);
  }

  /** Visits the rows that count; places count such rows only, so padding moves none. */
  static void forEachRow(BatchRows rows, long firstExample, RowVisitor visitor) {
    int[] borders = rows.borders();
    for (int e = 0; e < rows.examples(); e++) {
      int place = 0;
      for (int row = borders[e]; row < borders[e + 1]; row++) {
        if (rows.counts(row)) {
          visitor.visit(row, firstExample + e, place++);
        }
      }
    }
  }
}
