/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import java.util.Arrays;
import java.util.stream.IntStream;

/** A loss, for the labels of the data and for labels that the model would have given. */
sealed interface Objective permits SoftmaxObjective, GaussianObjective, GivenLoss {
  /** The summed loss of the rows that count. */
  Loss dataLoss(BatchRows rows);

  /** The same for sampled labels. */
  Loss sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample);

  /**
   * Chosen rows of an array [..., columns] as [count, columns]. Rows left out have gradient 0
   * whatever they hold, which a product with 0 would not give to NaN.
   */
  static NDArray rows(NDArray array, int[] chosen) {
    long columns = array.getShape().get(array.getShape().dimension() - 1);
    long[] indices = Arrays.stream(chosen).asLongStream().toArray();
    return array.reshape(-1, columns).get(array.getManager().create(indices));
  }

  /** The examples of some rows. */
  static int[] owners(BatchRows rows, int[] chosen) {
    int[] all = rows.owners();
    return Arrays.stream(chosen).map(row -> all[row]).toArray();
  }

  /** The rows that count. */
  static int[] counting(BatchRows rows) {
    IntStream.Builder numbers = IntStream.builder();
    rows.forEach(0, (row, example, place) -> numbers.add(row));
    return numbers.build().toArray();
  }
}
