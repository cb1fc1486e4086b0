/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerSpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Checks shapes and numbers of one side before any work starts; messages name the tensor. */
final class CaptureChecks {
  private final CaptureUse first;

  /**
   * Checks for one side.
   *
   * @param first the tensors that tell the number of examples
   */
  CaptureChecks(CaptureUse first) {
    this.first = first;
  }

  /** Checks one use of a layer. */
  void check(LayerSpec layer, CaptureUse use, CaptureUse firstUse, @Nullable CaptureMask mask) {
    examples(use.activationsName(), use.activations());
    examples(use.gradientsName(), use.gradients());
    Conv2d convolution = layer.convolution();
    if (convolution == null) {
      linear(layer, use, mask);
    } else {
      convolution(convolution, use);
    }
    oneType(use.activationsName(), use.activations(), firstUse.activations());
    oneType(use.gradientsName(), use.gradients(), firstUse.gradients());
    finite(use.activationsName(), use.activations(), mask);
    finite(use.gradientsName(), use.gradients(), mask);
  }

  private void examples(String name, CaptureTensor tensor) {
    long expected = first.activations().size(0);
    Check.that(
        tensor.size(0) == expected && tensor.elements() > 0,
        "Tensor \"%s\" has shape %s, expected %d examples first, as in \"%s\", and no size 0; capture"
            + " the same examples in every layer.",
        name,
        Arrays.toString(tensor.shape()),
        expected,
        first.activationsName());
  }

  private static void linear(LayerSpec layer, CaptureUse use, @Nullable CaptureMask mask) {
    long[] expected = use.activations().shape();
    Check.that(
        expected.length <= 3 && expected[expected.length - 1] == layer.inputs(),
        "Tensor \"%s\" has shape %s, expected %d columns (the input of layer \"%s\" without a column"
            + " of ones), in 2 or 3 dimensions.",
        use.activationsName(),
        Arrays.toString(expected),
        layer.inputs(),
        layer.name());
    expected[expected.length - 1] = layer.outputs();
    Check.that(
        Arrays.equals(use.gradients().shape(), expected),
        "Tensor \"%s\" has shape %s, expected %s to go with \"%s\"; save the gradient at the layer's"
            + " output for the same rows.",
        use.gradientsName(),
        Arrays.toString(use.gradients().shape()),
        Arrays.toString(expected),
        use.activationsName());
    Check.that(
        mask == null || use.rows() == mask.rows(),
        "Tensor \"%s\" has %d rows an example but \"%s\" has %d; give both the same.",
        use.activationsName(),
        use.rows(),
        mask == null ? "" : mask.name(),
        mask == null ? 0 : mask.rows());
  }

  private static void convolution(Conv2d geometry, CaptureUse use) {
    CaptureTensor input = use.activations();
    Check.that(
        input.rank() >= 3 && input.size(1) == geometry.inChannels(),
        "Tensor \"%s\" has shape %s, expected [examples, %d channels, height, width] or [examples,"
            + " channels, length]; save the raw"
            + " input of the convolution, it is unfolded here.",
        use.activationsName(),
        Arrays.toString(input.shape()),
        geometry.inChannels());
    long width = geometry.outputWidth(input.size(input.rank() - 1));
    long[] expected =
        input.rank() == 3
            ? new long[] {input.size(0), geometry.outChannels(), width}
            : new long[] {
              input.size(0), geometry.outChannels(), geometry.outputHeight(input.size(2)), width
            };
    Check.that(
        Arrays.equals(use.gradients().shape(), expected),
        "Tensor \"%s\" has shape %s, but --conv and the input's shape %s make %s; correct k, stride,"
            + " pad or dilation (in Java: withConvolution).",
        use.gradientsName(),
        Arrays.toString(use.gradients().shape()),
        Arrays.toString(input.shape()),
        Arrays.toString(expected));
  }

  private static void oneType(String name, CaptureTensor tensor, CaptureTensor firstUse) {
    Check.that(
        tensor.type() == firstUse.type(),
        "Tensor \"%s\" is %s, the first use of its layer %s; save all uses in one type.",
        name,
        tensor.type(),
        firstUse.type());
  }

  /** Looks at every number that counts; padding may hold anything. */
  private static void finite(String name, CaptureTensor tensor, @Nullable CaptureMask mask) {
    long columns = tensor.size(tensor.rank() - 1);
    long each = tensor.elementsPerExample();
    tensor.forEachPart(
        (first, part) -> {
          for (int i = 0; i < part.elements(); i++) {
            if (!Double.isFinite(part.get(i))) {
              int example = (int) ((first + i) / each);
              int row = (int) ((first + i) % each / columns);
              boolean padding = mask != null && !mask.keeps(example, row);
              Check.that(
                  padding,
                  "Tensor \"%s\" holds %s at example %d, row %d, column %d; look for an overflow in the"
                      + " model, or mask the row with \"%s\".",
                  name,
                  part.get(i),
                  example,
                  row,
                  (first + i) % columns,
                  mask == null ? "train.mask or query.mask" : mask.name());
            }
          }
        });
  }
}
