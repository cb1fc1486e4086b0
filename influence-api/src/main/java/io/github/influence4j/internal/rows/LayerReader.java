/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.PaddingMode;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Validates the uses of one layer in a batch and turns them into one {@link ExampleRows} a group.
 * Memory is copied only where a convolution is unfolded or several uses are joined, both on the
 * host; the copies live until the next batch.
 */
final class LayerReader {
  private final LayerSpec layer;
  private final ComputeBackend backend;
  private final List<Unfolding> unfoldings = new ArrayList<>();
  private final ScratchTensor joinedActivations = new ScratchTensor();
  private final ScratchTensor joinedGradients = new ScratchTensor();

  LayerReader(LayerSpec layer, ComputeBackend backend) {
    this.layer = layer;
    this.backend = backend;
  }

  List<ExampleRows> read(int examples, List<LayerBatch> batches) {
    List<LayerUse> uses = new ArrayList<>();
    for (int i = 0; i < batches.size(); i++) {
      uses.add(
          layer.convolution() == null
              ? linear(examples, batches.get(i))
              : convolution(layer.convolution(), examples, batches.get(i), i));
    }
    return groups(uses.size() == 1 ? uses.get(0) : join(examples, onHost(uses)));
  }

  private LayerUse linear(int examples, LayerBatch batch) {
    TensorView activations = batch.activations();
    TensorView gradients = batch.outputGradients();
    columns(
        "activations", activations, layer.inputs(), "pass the input of the layer, not its output");
    columns("output gradients", gradients, layer.outputs(), "pass the gradient at its output");
    int rows = (int) (activations.elements() / (long) layer.inputs());
    int gradientRows = (int) (gradients.elements() / (long) layer.outputs());
    check(
        rows == gradientRows,
        "activations have %d rows, output gradients %d; pass both of the same forward pass",
        rows,
        gradientRows);
    int[] offsets =
        batch.offsets() == null
            ? equalOffsets(examples, rows, activations)
            : checkedOffsets(examples, rows, batch.offsets());
    return masked(
        activations.reshape(rows, layer.inputs()),
        gradients.reshape(rows, layer.outputs()),
        offsets,
        batch.mask());
  }

  private void columns(String what, TensorView tensor, int expected, String fix) {
    check(
        tensor.rank() >= 2,
        "%s have shape %s, expected [rows, %d] or [examples, rows, %d]",
        what,
        Arrays.toString(tensor.shape()),
        expected,
        expected);
    long actual = tensor.size(tensor.rank() - 1);
    check(
        actual == expected,
        "%s have %d columns, weight expects %d; %s",
        what,
        actual,
        expected,
        fix);
  }

  private int[] equalOffsets(int examples, int rows, TensorView activations) {
    check(
        activations.rank() == 2 ? rows == examples : activations.size(0) == examples,
        "activations of shape %s do not start with the %d examples of the batch; pass offsets where"
            + " examples differ in length",
        Arrays.toString(activations.shape()),
        examples);
    check(rows > 0 || examples == 0, "examples are empty; leave them out of the batch");
    int[] offsets = new int[examples + 1];
    for (int e = 1; e <= examples; e++) {
      offsets[e] = rows / examples * e;
    }
    return offsets;
  }

  private int[] checkedOffsets(int examples, int rows, int[] offsets) {
    check(
        offsets.length == examples + 1,
        "%d offsets for %d examples; expected one more than examples: the first row of each, then"
            + " the number of rows",
        offsets.length,
        examples);
    check(
        offsets[0] == 0 && offsets[examples] == rows,
        "offsets run from %d to %d, expected 0 to %d, the number of rows",
        offsets[0],
        offsets[examples],
        rows);
    for (int e = 0; e < examples; e++) {
      check(
          offsets[e] <= offsets[e + 1],
          "offsets out of order: example %d starts at row %d, the next at %d",
          e,
          offsets[e],
          offsets[e + 1]);
      check(
          offsets[e] < offsets[e + 1],
          "example %d is empty (rows %d to %d); leave it out of the batch",
          e,
          offsets[e],
          offsets[e + 1]);
    }
    return offsets;
  }

  private LayerUse masked(
      TensorView activations, TensorView gradients, int[] offsets, boolean @Nullable [] mask) {
    if (mask == null) {
      return new LayerUse(activations, gradients, offsets, null);
    }
    int rows = offsets[offsets.length - 1];
    check(
        mask.length == rows,
        "the mask has %d values for %d rows; pass one value a row, true for rows that count",
        mask.length,
        rows);
    int[] index = new int[rows];
    int[] kept = new int[offsets.length];
    int count = 0;
    for (int e = 0; e + 1 < offsets.length; e++) {
      for (int r = offsets[e]; r < offsets[e + 1]; r++) {
        if (mask[r]) {
          index[count++] = r;
        }
      }
      kept[e + 1] = count;
    }
    return new LayerUse(
        activations, gradients, kept, count == rows ? null : Arrays.copyOf(index, count));
  }

  private LayerUse convolution(Conv2d conv, int examples, LayerBatch batch, int use) {
    TensorView input = batch.activations();
    TensorView output = batch.outputGradients();
    check(
        input.rank() == 4 && input.size(0) == examples && input.size(1) == conv.inChannels(),
        "the convolution's input has shape %s, expected [%d examples, %d channels, height, width];"
            + " pass the raw input, it is unfolded here",
        Arrays.toString(input.shape()),
        examples,
        conv.inChannels());
    long height = conv.outputHeight(input.size(2));
    long width = conv.outputWidth(input.size(3));
    checkPadding(conv, input);
    long[] expected = {examples, conv.outChannels(), height, width};
    check(
        height > 0 && width > 0 && Arrays.equals(output.shape(), expected),
        "the convolution's output gradients have shape %s, its geometry expects %s from an input of"
            + " shape %s; check kernel, stride, padding and dilation",
        Arrays.toString(output.shape()),
        Arrays.toString(expected),
        Arrays.toString(input.shape()));
    check(
        batch.offsets() == null,
        "a convolution takes no offsets; pass images of one size in a batch");
    while (unfoldings.size() <= use) {
      unfoldings.add(new Unfolding(conv));
    }
    Unfolding unfolding = unfoldings.get(use);
    int[] offsets = new int[examples + 1];
    for (int e = 1; e <= examples; e++) {
      offsets[e] = (int) (e * height * width);
    }
    return masked(
        unfolding.activations(backend.toHost(input), (int) height, (int) width),
        unfolding.gradients(backend.toHost(output)),
        offsets,
        batch.mask());
  }

  private void checkPadding(Conv2d conv, TensorView input) {
    if (conv.paddingMode() == PaddingMode.ZEROS || conv.paddingMode() == PaddingMode.REPLICATE) {
      return;
    }
    int spare = conv.paddingMode() == PaddingMode.REFLECT ? 1 : 0;
    check(
        conv.paddingHeight() <= input.size(2) - spare
            && conv.paddingWidth() <= input.size(3) - spare,
        "%s padding of %d x %d needs a larger input than %d x %d",
        conv.paddingMode(),
        conv.paddingHeight(),
        conv.paddingWidth(),
        input.size(2),
        input.size(3));
  }

  private List<LayerUse> onHost(List<LayerUse> uses) {
    return uses.stream()
        .map(
            use ->
                new LayerUse(
                    backend.toHost(use.activations()),
                    backend.toHost(use.gradients()),
                    use.offsets(),
                    use.index()))
        .toList();
  }

  /** Tied weights: the rows of all uses of an example, one use after the other. */
  private LayerUse join(int examples, List<LayerUse> uses) {
    int total = 0;
    for (LayerUse use : uses) {
      total += use.keptRows();
      check(
          use.activations().type() == uses.get(0).activations().type()
              && use.gradients().type() == uses.get(0).gradients().type(),
          "its uses have different element types; pass one type");
    }
    int inputs = (int) uses.get(0).activations().size(1);
    joinedActivations.reset(uses.get(0).activations().type(), total, inputs);
    joinedGradients.reset(uses.get(0).gradients().type(), total, layer.outputs());
    int[] offsets = new int[examples + 1];
    int row = 0;
    for (int e = 0; e < examples; e++) {
      for (LayerUse use : uses) {
        for (int r = use.offsets()[e]; r < use.offsets()[e + 1]; r++, row++) {
          int stored = use.stored(r);
          joinedActivations.copy(use.activations(), stored * inputs, row, 0, inputs);
          joinedGradients.copy(use.gradients(), stored * layer.outputs(), row, 0, layer.outputs());
        }
      }
      offsets[e + 1] = row;
    }
    return new LayerUse(joinedActivations.view(), joinedGradients.view(), offsets, null);
  }

  private List<ExampleRows> groups(LayerUse use) {
    int groups = layer.groups();
    int inputStride = (int) use.activations().size(1);
    int outputs = layer.outputs() / groups;
    List<ExampleRows> parts = new ArrayList<>(groups);
    for (int g = 0; g < groups; g++) {
      Rows activations =
          new Rows(
              use.activations(),
              use.keptRows(),
              layer.inputs(),
              inputStride,
              g * layer.inputs(),
              layer.bias(),
              use.index());
      Rows gradients =
          new Rows(
              use.gradients(),
              use.keptRows(),
              outputs,
              layer.outputs(),
              g * outputs,
              false,
              use.index());
      parts.add(new ExampleRows(activations, gradients, use.offsets()));
    }
    return parts;
  }

  // The annotation Error Prone asks for would be a run-time dependency of this module.
  @SuppressWarnings("AnnotateFormatMethod")
  private void check(boolean condition, String format, Object... arguments) {
    if (!condition) {
      throw new IllegalArgumentException(
          "Layer \"" + layer.name() + "\": " + String.format(format, arguments) + ".");
    }
  }
}
