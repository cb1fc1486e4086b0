/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.ScalarType;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

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
    long[] expected = labelled("Logits", "classes", logits, labels);
    return new ModelOutput(new SoftmaxObjective(logits, labels), BatchRows.of(expected));
  }

  /**
   * Cross-entropy of softmax(head(hidden)), for heads so wide that the logits of a batch would fill
   * the memory, as those of language models are. The head is called for some rows at a time, and
   * only for rows with a loss; what it costs is the same or less.
   *
   * @param hidden [examples, width], or [examples, rows, width] for sequences
   * @param head from [rows, width] to logits [rows, classes], row by row; calls no tapped layer
   * @param labels Long, of the shape of hidden without width; -100 for rows without a loss
   * @return the output
   */
  public static ModelOutput classification(
      Tensor hidden, UnaryOperator<Tensor> head, Tensor labels) {
    return classification(hidden, new Head.OfFunction(head), labels);
  }

  /**
   * The same where the head is one matrix, which takes less memory.
   *
   * @param hidden [examples, width], or [examples, rows, width] for sequences
   * @param head [classes, width], of the type of hidden; logits are hidden · headᵀ
   * @param labels Long, of the shape of hidden without width; -100 for rows without a loss
   * @return the output
   */
  public static ModelOutput classification(Tensor hidden, Tensor head, Tensor labels) {
    require(
        head.dim() == 2 && hidden.dim() >= 2 && head.size(1) == hidden.size(-1),
        "The head has shape "
            + Arrays.toString(TensorViews.shape(head))
            + ", expected [classes, width] for hidden rows of shape "
            + Arrays.toString(TensorViews.shape(hidden))
            + ".");
    return classification(hidden, new Head.OfMatrix(head.detach()), labels);
  }

  private static ModelOutput classification(Tensor hidden, Head head, Tensor labels) {
    long[] expected = labelled("Hidden rows", "width", hidden, labels);
    return new ModelOutput(new HeadObjective(hidden, head, labels), BatchRows.of(expected));
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
        BatchRows.of(Arrays.copyOf(shape, shape.length - 1)));
  }

  /**
   * Any other loss, by example. Its labels cannot be sampled by the library, so a curvature fitted
   * to it is the empirical Fisher, unless the loss is of labels that you sampled.
   *
   * @param losses [examples], or [examples, rows] for sequences: not summed over examples, and no
   *     mean over anything
   * @return the output
   */
  public static ModelOutput ofLosses(Tensor losses) {
    long[] shape = TensorViews.shape(losses);
    require(
        shape.length >= 1 && losses.numel() > 0,
        "Losses have shape "
            + Arrays.toString(shape)
            + ", expected one an example, [examples], or one a row, [examples, rows].");
    BatchRows rows = shape.length == 1 ? BatchRows.ofExamples((int) shape[0]) : BatchRows.of(shape);
    return new ModelOutput(new GivenLoss(losses, true), rows);
  }

  /**
   * Any other loss, already summed. Which example owns which row of a layer cannot be verified by
   * it: prefer {@link #ofLosses}, or state where the examples are with {@link Taps#examplesFirst}.
   *
   * @param summedLoss one number: the sum (never the mean) of the loss over all examples and rows
   * @param examples how many the batch has
   * @return the output
   */
  public static ModelOutput ofLoss(Tensor summedLoss, int examples) {
    return new ModelOutput(new GivenLoss(summedLoss, false), BatchRows.ofExamples(examples));
  }

  /**
   * Marks padding, which then counts for nothing. The prompt of a query is no padding: give it the
   * label -100 instead.
   *
   * @param mask [examples, rows], Bool or whole numbers: an attention mask
   * @param layers the layers it speaks about, and no others, where its rows are not those of the
   *     output, such as an encoder's; none for the output and the layers with its rows
   * @return a copy
   */
  public ModelOutput withMask(Tensor mask, String... layers) {
    boolean[] values = HostCopies.booleans(mask);
    return new ModelOutput(objective, rows.withMask(TensorViews.shape(mask), values, layers));
  }

  /**
   * Cuts packed rows, one after the other without padding, into examples, which may be empty.
   *
   * @param offsets first row of each example, then the number of rows
   * @return a copy
   */
  public ModelOutput withOffsets(int... offsets) {
    return new ModelOutput(objective, rows.withOffsets(offsets));
  }

  BatchRows rows() {
    return rows;
  }

  Curved curved() {
    return objective.curved(rows);
  }

  Loss dataLoss() {
    return objective.dataLoss(rows);
  }

  /** For labels of the data where there is no sampler. */
  Loss loss(@Nullable LabelSampler sampler, long firstExample) {
    return sampler == null ? dataLoss() : objective.sampledLoss(rows, sampler, firstExample);
  }

  /** The shape of rows, each of which has a label. */
  private static long[] labelled(String what, String last, Tensor rows, Tensor labels) {
    long[] shape = TensorViews.shape(rows);
    require(
        shape.length >= 2,
        what
            + " have shape "
            + Arrays.toString(shape)
            + ", expected [examples, ..., "
            + last
            + "].");
    long[] expected = Arrays.copyOf(shape, shape.length - 1);
    requireShape("Labels", labels, expected);
    require(
        labels.scalar_type().intern() == ScalarType.Long,
        "Labels hold " + labels.scalar_type().intern() + " values, expected Long.");
    return expected;
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
