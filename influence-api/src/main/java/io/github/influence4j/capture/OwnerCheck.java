/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.Arrays;
import java.util.Random;

/**
 * Verifies which example owns which row, by gradients. Gradients are linear in the losses of the
 * examples: weigh the loss of example e by w_e, and the gradient at a row of that example is w_e
 * times what it was. The weights are powers of two, so that it is so to the last bit, and as
 * different as the element type allows: another factor is another owner, or a row that several
 * examples share.
 *
 * <pre>{@code
 * double[] weights = OwnerCheck.weights(examples, batchNumber, ElementType.F32);
 * OwnerCheck.require(arranged, spec, gradients, gradientsOfTheWeightedLoss, weights);
 * }</pre>
 */
final class OwnerCheck {
  private OwnerCheck() {}

  /**
   * Weights for the losses of a batch's examples.
   *
   * @param examples N
   * @param seed another one gives other weights
   * @param type of the gradients
   * @return powers of two from 2⁻³¹ (F16: 2⁻⁷) to 1, all different where there are enough
   */
  static double[] weights(int examples, long seed, ElementType type) {
    int levels = type == ElementType.F16 ? 8 : 32;
    Random random = new Random(seed);
    int start = random.nextInt(levels);
    double[] weights = new double[examples];
    for (int e = 0; e < examples; e++) {
      int level = examples <= levels ? (start + e) % levels : random.nextInt(levels);
      weights[e] = Math.scalb(1.0, -level);
    }
    return weights;
  }

  /**
   * Compares the gradients of a call for the plain and for the weighted loss.
   *
   * @param call with its rows stated
   * @param spec its layer
   * @param plain its output gradients in host memory, or the same linear functions of each row
   * @param weighted what they became, in any shape
   * @param weights of the examples
   * @throws IllegalArgumentException if a row's gradient is not that of the example stated; the
   *     text names the layer and what to do
   */
  static void require(
      LayerBatch call, LayerSpec spec, TensorView plain, TensorView weighted, double[] weights) {
    if (call.outputGradients().device() != null) {
      requireNothingMasked(call, spec, plain);
    }
    int[] owners = owners(call, spec, weights.length);
    boolean[] mask = call.mask();
    int columns = owners.length == 0 ? 0 : plain.elements() / owners.length;
    for (int row = 0; row < owners.length; row++) {
      boolean masked = mask != null && mask.length == owners.length && !mask[row];
      if (!masked && !scaled(plain, weighted, row, columns, weights[owners[row]])) {
        throw new IllegalArgumentException(
            message(call.layer(), plain, weighted, row, columns, owners[row], weights));
      }
    }
  }

  /** By example: [examples, ...], or as offsets or owners say; images of a convolution are rows. */
  private static int[] owners(LayerBatch call, LayerSpec spec, int examples) {
    int[] offsets = call.offsets();
    if (call.owners() != null) {
      return call.owners();
    }
    TensorView gradients = call.outputGradients();
    int rows =
        spec.convolution() == null
            ? gradients.elements() / spec.outputs()
            : (int) gradients.size(0);
    int[] owners = new int[rows];
    if (offsets == null) {
      Arrays.setAll(owners, row -> row / (rows / examples));
      return owners;
    }
    for (int e = 0; e < examples; e++) {
      Arrays.fill(owners, offsets[e], offsets[e + 1], e);
    }
    return owners;
  }

  private static boolean scaled(
      TensorView plain, TensorView weighted, int row, int columns, double weight) {
    double largest = 0;
    double error = 0;
    for (int i = row * columns; i < (row + 1) * columns; i++) {
      double value = plain.get(i);
      double other = weighted.get(i);
      if (!Double.isFinite(value) || !Double.isFinite(other)) {
        return true; // refused as such where the batch is read
      }
      largest = Math.max(largest, Math.abs(value) * weight);
      error = Math.max(error, Math.abs(other - value * weight));
    }
    boolean wide = plain.type() == ElementType.F32 || plain.type() == ElementType.F64;
    return error <= (wide ? 1e-3 : 5e-2) * largest + tiny(plain.type());
  }

  /** Below this numbers lose digits. */
  private static double tiny(ElementType type) {
    return switch (type) {
      case F64 -> 1e-300;
      case F32, BF16 -> 1e-36;
      case F16 -> 1e-6;
    };
  }

  /**
   * Looks whether a mask leaves out only rows through which the loss has no gradient, as it does
   * where it is of the layer's rows.
   *
   * @param call with its mask
   * @param spec its layer
   * @param plain its output gradients, in host memory
   * @throws IllegalArgumentException if not; the text names the layer and what to do
   */
  static void requireNothingMasked(LayerBatch call, LayerSpec spec, TensorView plain) {
    boolean[] mask = call.mask();
    int rows = plain.elements() / spec.outputs();
    if (mask == null || mask.length != rows) {
      return; // refused as such where the batch is read
    }
    if (leavesNothingOut(mask)) {
      return; // reading all numbers took a tenth of a run on a language model
    }
    double largest = 0;
    for (int i = 0; i < plain.elements(); i++) {
      double value = Math.abs(plain.get(i));
      largest = Double.isFinite(value) ? Math.max(largest, value) : largest;
    }
    // [rows, outputs], or of a convolution [images, outputs, positions].
    int positions = spec.convolution() == null || rows == 0 ? 1 : rows / (int) plain.size(0);
    for (int i = 0; i < plain.elements(); i++) {
      int row = i / (spec.outputs() * positions) * positions + i % positions;
      if (!mask[row] && Math.abs(plain.get(i)) > 1e-5 * largest) {
        throw new IllegalArgumentException(
            "Layer \""
                + call.layer()
                + "\": the mask leaves out row "
                + row
                + ", through which the loss has a gradient; the mask is not of this layer's rows, or"
                + " the model lets other rows see padding. Give the layer a mask of its own with"
                + " withMask(mask, \""
                + call.layer()
                + "\"), or mask padding in the model.");
      }
    }
  }

  private static boolean leavesNothingOut(boolean[] mask) {
    for (boolean counts : mask) {
      if (!counts) {
        return false;
      }
    }
    return true;
  }

  private static String message(
      String layer,
      TensorView plain,
      TensorView weighted,
      int row,
      int columns,
      int owner,
      double[] weights) {
    for (int e = 0; e < weights.length; e++) {
      if (scaled(plain, weighted, row, columns, weights[e])) {
        return "Layer \""
            + layer
            + "\": the gradient at row "
            + row
            + " is of example "
            + e
            + " of the batch, not of example "
            + owner
            + "; its rows are in another order than stated. Name the example of each row with rowsOf"
            + " before the call (routed tokens), state the layout with rowsFirst ([rows, examples,"
            + " inputs]), or run batches of one example.";
      }
    }
    return "Layer \""
        + layer
        + "\": the gradient at row "
        + row
        + " is of several examples. Where examples share a table (positions [rows, inputs]), expand"
        + " it to [examples, rows, inputs] before the layer; where the model mixes examples (batch"
        + " statistics, attention across examples), no example has a gradient of its own; or run"
        + " batches of one example.";
  }
}
