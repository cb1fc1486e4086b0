/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.Arrays;

/**
 * Labels of a batch's rows, checked and drawn from the model; for adapters to frameworks.
 *
 * <pre>{@code
 * long[] drawn = RowLabels.sampled(logits, labels, rows, sampler, firstExample);
 * }</pre>
 */
public final class RowLabels {
  /** PyTorch's label of rows without a loss. */
  public static final long IGNORED = -100;

  private RowLabels() {}

  /**
   * Draws one label a row.
   *
   * @param logits [rows, classes] in any shape, in host memory
   * @param given the labels of the data; rows without a loss there have none here either
   * @param rows of the batch; padding gets no label
   * @param sampler draws them
   * @param firstExample number of the batch's first example
   * @return a class, or {@link #IGNORED}, of each row
   */
  public static long[] sampled(
      TensorView logits, long[] given, BatchRows rows, LabelSampler sampler, long firstExample) {
    int classes = given.length == 0 ? 0 : logits.elements() / given.length;
    long[] sampled = new long[given.length];
    Arrays.fill(sampled, IGNORED);
    double[] row = new double[classes];
    rows.forEach(
        firstExample,
        (r, example, place) -> {
          if (given[r] != IGNORED) {
            for (int c = 0; c < classes; c++) {
              row[c] = logits.get(r * classes + c);
            }
            sampled[r] = sampler.softmax(row, example, place);
          }
        });
    return sampled;
  }

  /**
   * Refuses a label that is no class.
   *
   * @param known whether it is one, or {@link #IGNORED}
   * @param label as the user gave it
   * @param row its number in the batch
   * @param classes how many there are
   */
  public static void requireClass(boolean known, Number label, int row, long classes) {
    if (!known) {
      throw new IllegalArgumentException(
          "Labels hold "
              + label
              + " in row "
              + row
              + ", expected whole numbers from 0 to "
              + (classes - 1)
              + ", or -100 for rows without a loss.");
    }
  }

  /**
   * Refuses a label that the model cannot give, whose loss is infinite.
   *
   * @param logit of the label
   * @param label a class
   * @param row its number in the batch
   * @param classes how many there are
   */
  public static void requirePossible(double logit, long label, int row, long classes) {
    if (logit == Double.NEGATIVE_INFINITY) {
      throw new IllegalArgumentException(
          "Labels hold "
              + label
              + " in row "
              + row
              + ", a class whose logit is -Infinity, so that the loss is infinite; expected one of"
              + " the "
              + classes
              + " classes that the model can give, or -100 for rows without a loss.");
    }
  }
}
