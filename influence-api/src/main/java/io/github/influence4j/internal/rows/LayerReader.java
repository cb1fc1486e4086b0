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
import io.github.influence4j.spi.Unfolder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Validates the uses of one layer in a batch and turns them into one {@link ExampleRows} a group.
 * Memory is copied only where the backend unfolds a convolution, and where several uses are joined
 * on the host; the copies live until the next batch.
 */
final class LayerReader implements AutoCloseable {
  private static final Comparator<LayerUse> BY_STORED =
      Comparator.comparingInt(use -> use.activations().elements());

  private final LayerSpec layer;
  private final ComputeBackend backend;

  /** Two for each use of a convolution: of its input and of the gradients at its output. */
  private final List<Unfolder> unfolders = new ArrayList<>();

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
    check(
        Arrays.equals(leading(activations), leading(gradients)),
        "activations of shape %s and output gradients of shape %s differ in more than the last"
            + " dimension, so their rows cannot be told to be the same; give both one layout",
        Arrays.toString(activations.shape()),
        Arrays.toString(gradients.shape()));
    TensorView a = activations.reshape(rows, layer.inputs());
    TensorView g = gradients.reshape(rows, layer.outputs());
    RowOwners owners = new RowOwners(layer.name(), examples, rows);
    return new LayerUse(
        a,
        g,
        owners.of(
            batch.owners(), batch.offsets(), batch.mask(), () -> equal(examples, activations)));
  }

  private static long[] leading(TensorView tensor) {
    return Arrays.copyOf(tensor.shape(), tensor.rank() - 1);
  }

  /** Rows of each example where the first dimension is the examples. */
  private int equal(int examples, TensorView activations) {
    check(
        activations.size(0) == examples,
        "activations of shape %s do not start with the %d examples of the batch; pass offsets where"
            + " examples differ in length, or the example of each row with withRowsOf",
        Arrays.toString(activations.shape()),
        examples);
    int rows = (int) (activations.elements() / (long) layer.inputs());
    check(
        rows > 0,
        "activations of shape %s have no rows; use LayerBatch.empty for a layer without rows",
        Arrays.toString(activations.shape()));
    return rows / examples;
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

  private LayerUse convolution(Conv2d conv, int examples, LayerBatch batch, int use) {
    boolean flat = conv.kernelHeight() == 1 && conv.strideHeight() == 1;
    flat &= conv.paddingHeight() == 0 && batch.activations().rank() == 3;
    TensorView input = flat ? oneRowHigh(batch.activations()) : batch.activations();
    TensorView output = flat ? oneRowHigh(batch.outputGradients()) : batch.outputGradients();
    check(
        input.rank() == 4
            && (batch.owners() != null || input.size(0) == examples)
            && input.size(1) == conv.inChannels(),
        "the convolution's input has shape %s, expected [%d examples, %d channels, height, width];"
            + " pass the raw input, it is unfolded here",
        Arrays.toString(batch.activations().shape()),
        examples,
        conv.inChannels());
    int images = (int) input.size(0);
    long height = images == 0 ? 1 : conv.outputHeight(input.size(2));
    long width = images == 0 ? 1 : conv.outputWidth(input.size(3));
    long[] expected = {images, conv.outChannels(), height, width};
    check(
        images == 0 || (height > 0 && width > 0 && Arrays.equals(output.shape(), expected)),
        "the convolution's output gradients have shape %s, its geometry expects %s from an input of"
            + " shape %s; check kernel, stride, padding and dilation",
        Arrays.toString(output.shape()),
        Arrays.toString(expected),
        Arrays.toString(input.shape()));
    check(
        images > 0 || output.elements() == 0,
        "the convolution's input has no images, its output gradients have shape %s",
        Arrays.toString(output.shape()));
    checkPadding(conv, input);
    check(
        batch.offsets() == null,
        "a convolution takes no offsets; pass images of one size in a batch");
    int positions = (int) (height * width);
    RowOwners owners = new RowOwners(layer.name(), examples, images * positions);
    int channels = conv.outChannels();
    return new LayerUse(
        unfolder(2 * use).unfold(conv, input),
        unfolder(2 * use + 1)
            .unfold(
                Conv2d.of(channels, channels, 1),
                images == 0 ? output.reshape(0, channels, 1, 1) : output),
        owners.of(
            ofPositions(batch.owners(), images, positions), null, batch.mask(), () -> positions));
  }

  private Unfolder unfolder(int number) {
    while (unfolders.size() <= number) {
      unfolders.add(backend.unfolder());
    }
    return unfolders.get(number);
  }

  /** [N, C, L] as [N, C, 1, L]. */
  private static TensorView oneRowHigh(TensorView tensor) {
    return tensor.rank() != 3
        ? tensor
        : tensor.reshape(tensor.size(0), tensor.size(1), 1, tensor.size(2));
  }

  /** The owners of images as those of their positions. */
  private int @Nullable [] ofPositions(int @Nullable [] owners, int images, int positions) {
    if (owners == null) {
      return null;
    }
    check(
        owners.length == images,
        "%d examples were named for %d images; name one an image",
        owners.length,
        images);
    int[] out = new int[images * positions];
    Arrays.setAll(out, row -> owners[row / positions]);
    return out;
  }

  private void checkPadding(Conv2d conv, TensorView input) {
    if (input.size(0) == 0) {
      return;
    }
    if (conv.paddingMode() == PaddingMode.ZEROS) {
      return;
    }
    if (conv.paddingMode() == PaddingMode.REPLICATE) {
      check(
          input.size(2) > 0 && input.size(3) > 0,
          "REPLICATE padding needs images with pixels, these are %d x %d",
          input.size(2),
          input.size(3));
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
                    use.owned()))
        .toList();
  }

  /** Tied weights: the rows of all uses of an example, one use after the other. */
  private LayerUse join(int examples, List<LayerUse> uses) {
    List<LayerUse> filled = uses.stream().filter(use -> use.keptRows() > 0).toList();
    if (filled.size() < 2) {
      // Without any, one whose rows are masked is not the same as one that has none.
      return filled.stream().findFirst().orElseGet(() -> Collections.max(uses, BY_STORED));
    }
    int total = 0;
    for (LayerUse use : filled) {
      total += use.keptRows();
      check(
          use.activations().type() == filled.get(0).activations().type()
              && use.gradients().type() == filled.get(0).gradients().type(),
          "its uses have different element types; pass one type");
    }
    int inputs = (int) filled.get(0).activations().size(1);
    joinedActivations.reset(filled.get(0).activations().type(), total, inputs);
    joinedGradients.reset(filled.get(0).gradients().type(), total, layer.outputs());
    int[] offsets = new int[examples + 1];
    int row = 0;
    for (int e = 0; e < examples; e++) {
      for (LayerUse use : filled) {
        for (int r = use.offsets()[e]; r < use.offsets()[e + 1]; r++, row++) {
          int stored = use.stored(r);
          joinedActivations.copy(use.activations(), stored, row);
          joinedGradients.copy(use.gradients(), stored, row);
        }
      }
      offsets[e + 1] = row;
    }
    return new LayerUse(
        joinedActivations.view(), joinedGradients.view(), new OwnedRows(offsets, null));
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
              use.owned().index());
      Rows gradients =
          new Rows(
              use.gradients(),
              use.keptRows(),
              outputs,
              layer.outputs(),
              g * outputs,
              false,
              use.owned().index());
      parts.add(new ExampleRows(activations, gradients, use.offsets()));
    }
    return parts;
  }

  // The annotation Error Prone asks for would be a run-time dependency of this module.
  @SuppressWarnings("AnnotateFormatMethod")
  private void check(boolean condition, String format, Object... arguments) {
    if (!condition) {
      throw new IllegalArgumentException(
          "Layer \"" + layer.name() + "\": " + String.format(Locale.ROOT, format, arguments) + ".");
    }
  }

  @Override
  public void close() {
    unfolders.forEach(Unfolder::close);
    unfolders.clear();
  }
}
