/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.ScalarType;

import io.github.influence4j.capture.LabelSampler;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * What a model made of a batch, and how the rows of the batch belong to its examples. Batches come
 * first in every shape.
 *
 * <pre>{@code
 * ModelOutput.classification(net.forward(tokens), nextTokens).withMask(attentionMask);
 * }</pre>
 *
 * <p>Losses are summed over rows, as the library wants them. The loss of rows that the mask leaves
 * out does not count.
 */
public final class ModelOutput {
  private final Objective objective;
  private final BatchRows rows;

  private ModelOutput(Objective objective, BatchRows rows) {
    this.objective = objective;
    this.rows = rows;
  }

  /**
   * Cross-entropy of softmax(logits).
   *
   * @param logits [examples, classes], or [examples, rows, classes] for sequences
   * @param labels Long, of the shape of the logits without classes; -100 for rows without a loss,
   *     such as the prompt of a query
   * @return the output
   */
  public static ModelOutput classification(Tensor logits, Tensor labels) {
    long[] shape = TensorViews.shape(logits);
    require(
        shape.length >= 2,
        "Logits have shape " + Arrays.toString(shape) + ", expected [examples, ..., classes].");
    long[] expected = Arrays.copyOf(shape, shape.length - 1);
    requireShape("Labels", labels, expected);
    require(
        labels.scalar_type().intern() == ScalarType.Long,
        "Labels hold " + labels.scalar_type().intern() + " values, expected Long.");
    return new ModelOutput(new SoftmaxObjective(logits, labels), rowsOf(expected));
  }

  /**
   * Half the squared error, ½ Σ (f − y)²: a Gaussian of variance 1 around the prediction.
   *
   * @param predictions [examples, outputs], or [examples, rows, outputs] for sequences
   * @param targets of the same shape
   * @return the output
   */
  public static ModelOutput regression(Tensor predictions, Tensor targets) {
    long[] shape = TensorViews.shape(predictions);
    require(
        shape.length >= 2,
        "Predictions have shape "
            + Arrays.toString(shape)
            + ", expected [examples, ..., outputs]; add a last dimension of 1 with unsqueeze(1).");
    requireShape("Targets", targets, shape);
    return new ModelOutput(
        new GaussianObjective(predictions, targets),
        rowsOf(Arrays.copyOf(shape, shape.length - 1)));
  }

  /**
   * Any other loss. Its labels cannot be sampled by the library, so a curvature fitted to it is the
   * empirical Fisher, unless the loss is of labels that you sampled.
   *
   * @param summedLoss one number: the sum (never the mean) of the loss over all examples and rows
   * @param examples how many the batch has
   * @return the output
   */
  public static ModelOutput ofLoss(Tensor summedLoss, int examples) {
    require(examples > 0, "The batch has " + examples + " examples; pass at least one.");
    return new ModelOutput(new GivenLoss(summedLoss), new BatchRows(examples, 0, null, null));
  }

  /**
   * Marks padding, which then counts for nothing. The prompt of a query is no padding: give it the
   * label -100 instead.
   *
   * @param mask [examples, rows], Bool or whole numbers: an attention mask
   * @return a copy
   */
  public ModelOutput withMask(Tensor mask) {
    long[] shape = TensorViews.shape(mask);
    boolean fits =
        rows.offsets() == null
            && shape.length >= 1
            && shape[0] == rows.examples()
            && (rows.length() == 0 || mask.numel() == (long) rows.examples() * rows.length());
    require(
        fits,
        "The mask has shape "
            + Arrays.toString(shape)
            + ", expected one value a row: ["
            + rows.examples()
            + ", "
            + (rows.length() == 0 ? "rows" : rows.length())
            + "], and no offsets.");
    int length = (int) (mask.numel() / rows.examples());
    boolean[] values = HostCopies.booleans(mask);
    return new ModelOutput(objective, new BatchRows(rows.examples(), length, null, values));
  }

  /**
   * Cuts packed rows, one after the other without padding, into examples.
   *
   * @param offsets first row of each example, then the number of rows
   * @return a copy
   */
  public ModelOutput withOffsets(int... offsets) {
    require(offsets.length >= 2 && offsets[0] == 0, "Offsets start with 0 and end with the rows.");
    long total = (long) rows.examples() * rows.length();
    require(
        rows.length() == 0 || offsets[offsets.length - 1] == total,
        "Offsets end with "
            + offsets[offsets.length - 1]
            + ", but the output has "
            + total
            + " rows.");
    for (int i = 1; i < offsets.length; i++) {
      require(
          offsets[i] > offsets[i - 1],
          "Offsets must grow, but example "
              + (i - 1)
              + " runs from row "
              + offsets[i - 1]
              + " to "
              + offsets[i]
              + ".");
    }
    require(rows.mask() == null, "Packed rows have no padding: give offsets or a mask, not both.");
    return new ModelOutput(objective, new BatchRows(offsets.length - 1, 0, offsets.clone(), null));
  }

  BatchRows rows() {
    return rows;
  }

  Tensor dataLoss() {
    return objective.dataLoss(rows);
  }

  Tensor sampledLoss(LabelSampler sampler, long firstExample) {
    return objective.sampledLoss(rows, sampler, firstExample);
  }

  private static BatchRows rowsOf(long[] leading) {
    require(leading[0] > 0, "The batch has no examples; leave empty batches out.");
    long length = 1;
    for (int i = 1; i < leading.length; i++) {
      length = Math.multiplyExact(length, leading[i]);
    }
    return new BatchRows(Math.toIntExact(leading[0]), Math.toIntExact(length), null, null);
  }

  private static void requireShape(String what, Tensor tensor, long[] expected) {
    long[] shape = TensorViews.shape(tensor);
    require(
        Arrays.equals(shape, expected),
        what
            + " have shape "
            + Arrays.toString(shape)
            + ", expected "
            + Arrays.toString(expected)
            + ".");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
