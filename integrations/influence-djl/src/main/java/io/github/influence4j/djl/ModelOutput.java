/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.RowLabels;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a model made of a batch, and how the rows of the batch belong to its examples. Batches come
 * first in every shape.
 *
 * <pre>{@code
 * ModelOutput.classification(taps.forward(net, tokens), nextTokens).withMask(attentionMask);
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
   * @param labels whole numbers of any type, of the shape of the logits without classes; -100 for
   *     rows without a loss, such as the prompt of a query
   * @return the output
   */
  public static ModelOutput classification(NDArray logits, NDArray labels) {
    Shape shape = logits.getShape();
    require(
        shape.dimension() >= 2,
        "Logits have shape " + shape + ", expected [examples, ..., classes].");
    Shape expected = shape.slice(0, shape.dimension() - 1);
    requireShape("Labels", labels, expected);
    long[] classes = labels(labels, shape.get(shape.dimension() - 1));
    return new ModelOutput(
        new SoftmaxObjective(logits, classes), BatchRows.of(expected.getShape()));
  }

  private static long[] labels(NDArray labels, long classes) {
    double[] values = labels.toType(DataType.FLOAT64, false).toDoubleArray();
    for (int row = 0; row < values.length; row++) {
      double value = values[row];
      boolean known = value == Math.rint(value) && value >= 0 && value < classes;
      RowLabels.requireClass(known || value == RowLabels.IGNORED, value, row, classes);
    }
    return Arrays.stream(values).mapToLong(value -> (long) value).toArray();
  }

  /**
   * Half the squared error, ½ Σ (f − y)²: a Gaussian of variance 1 around the prediction.
   *
   * @param predictions [examples, outputs], or [examples, rows, outputs] for sequences
   * @param targets of the same shape
   * @return the output
   */
  public static ModelOutput regression(NDArray predictions, NDArray targets) {
    Shape shape = predictions.getShape();
    require(
        shape.dimension() >= 2,
        "Predictions have shape "
            + shape
            + ", expected [examples, ..., outputs]; add a last dimension of 1 with expandDims(1).");
    requireShape("Targets", targets, shape);
    return new ModelOutput(
        new GaussianObjective(predictions, targets),
        BatchRows.of(shape.slice(0, shape.dimension() - 1).getShape()));
  }

  /**
   * Any other loss, by example. Its labels cannot be sampled by the library, so a curvature fitted
   * to it is the empirical Fisher, unless the loss is of labels that you sampled.
   *
   * @param losses [examples], or [examples, rows] for sequences: not summed over examples, and no
   *     mean over anything; DJL's own losses are means
   * @return the output
   */
  public static ModelOutput ofLosses(NDArray losses) {
    Shape shape = losses.getShape();
    require(
        shape.dimension() >= 1 && losses.size() > 0,
        "Losses have shape "
            + shape
            + ", expected one an example, [examples], or one a row, [examples, rows].");
    BatchRows rows =
        shape.dimension() == 1
            ? BatchRows.ofExamples((int) shape.get(0))
            : BatchRows.of(shape.getShape());
    return new ModelOutput(new GivenLoss(losses, true), rows);
  }

  /**
   * Any other loss, already summed. Which example owns which row of a layer cannot be verified by
   * it: prefer {@link #ofLosses}, or state where the examples are with {@link Taps#examplesFirst}.
   *
   * @param summedLoss one number: the sum (never the mean) of the loss over all examples and rows;
   *     DJL's own losses are means
   * @param examples how many the batch has
   * @return the output
   */
  public static ModelOutput ofLoss(NDArray summedLoss, int examples) {
    return new ModelOutput(new GivenLoss(summedLoss, false), BatchRows.ofExamples(examples));
  }

  /**
   * Marks padding, which then counts for nothing. The prompt of a query is no padding: give it the
   * label -100 instead.
   *
   * @param mask [examples, rows], of any type, 0 for padding: an attention mask
   * @param layers the layers it speaks about, and no others, where its rows are not those of the
   *     output, such as an encoder's; none for the output and the layers with its rows
   * @return a copy
   */
  public ModelOutput withMask(NDArray mask, String... layers) {
    double[] values = mask.toType(DataType.FLOAT64, false).toDoubleArray();
    boolean[] counts = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      counts[i] = values[i] != 0;
    }
    return new ModelOutput(objective, rows.withMask(mask.getShape().getShape(), counts, layers));
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

  Loss dataLoss() {
    return objective.dataLoss(rows);
  }

  /** For labels of the data where there is no sampler. */
  Loss loss(@Nullable LabelSampler sampler, long firstExample) {
    return sampler == null ? dataLoss() : objective.sampledLoss(rows, sampler, firstExample);
  }

  private static void requireShape(String what, NDArray array, Shape expected) {
    require(
        array.getShape().equals(expected),
        what + " have shape " + array.getShape() + ", expected " + expected + ".");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
