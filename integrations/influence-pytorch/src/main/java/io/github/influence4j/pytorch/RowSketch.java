/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import java.util.SplittableRandom;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Few numbers of each row, to compare rows of one tensor with those of another: sums of a row with
 * random signs. They are linear, so a row that is a multiple of another has a multiple of its sums,
 * and rows that differ have sums that differ, but by a chance of zero.
 */
final class RowSketch {
  private static final int SUMS = 8;

  private RowSketch() {}

  /** Whether the sums are exact enough, and cheap. */
  static boolean suits(Tensor rows) {
    ScalarType type = rows.scalar_type().intern();
    return rows.is_cpu()
        && rows.size(-1) > SUMS
        && (type == ScalarType.Float || type == ScalarType.Double);
  }

  /**
   * The sums.
   *
   * @param rows [..., columns]
   * @return [..., 8], the same signs each time
   */
  static Tensor of(Tensor rows) {
    SplittableRandom random = new SplittableRandom(rows.size(-1)); // PyTorch's is the model's own
    double[] signs = random.ints(rows.size(-1) * SUMS, 0, 2).mapToDouble(i -> 2 * i - 1).toArray();
    return rows.matmul(AbstractTensor.create(signs, rows.size(-1), SUMS).to(rows));
  }
}
