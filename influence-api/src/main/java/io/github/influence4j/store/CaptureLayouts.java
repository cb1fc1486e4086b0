/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.internal.memory.HeapSpace;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Tells the number of examples of a side, and which rows of its layers are whose. */
final class CaptureLayouts {
  private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,8}");

  private final Safetensors file;
  private final CaptureNames names;
  private final LinearLayers linear;
  private final CaptureSide side;
  private final int examples;

  /** What told their number. */
  private final String origin;

  /**
   * Tells the number of examples.
   *
   * @param layers of the model
   */
  CaptureLayouts(
      Safetensors file,
      CaptureNames names,
      LinearLayers linear,
      CaptureSide side,
      List<LayerSpec> layers) {
    this.file = file;
    this.names = names;
    this.linear = linear;
    this.side = side;
    String stated = file.metadata().get(side.count());
    Check.that(
        stated == null || COUNT.matcher(stated).matches(),
        "The file's metadata has \"%s\": \"%s\"; write the number of examples.",
        side.count(),
        String.valueOf(stated));
    if (stated == null) {
      LayerSpec first = shaped(layers);
      origin = CaptureKind.ACT.tensor(side, first.name(), 0);
      long[] shape = file.shape(origin);
      examples = Math.toIntExact(shape[rowsFirst(first, shape.length) ? 1 : 0]);
    } else {
      origin = side.count();
      examples = Integer.parseInt(stated);
      HeapSpace.require(
          layers.size(),
          1L + examples,
          Integer.BYTES,
          "The file's metadata has \"" + origin + "\": \"" + stated + "\"; so many examples",
          "write how many examples there really are.");
    }
  }

  int examples() {
    return examples;
  }

  /** The first layer whose tensors' shape tells the number. */
  private LayerSpec shaped(List<LayerSpec> layers) {
    for (LayerSpec layer : layers) {
      if (!names.has(side.rows(layer.name(), 0))) {
        return layer;
      }
    }
    throw new IllegalArgumentException(
        "All layers have rows whose examples are named by \""
            + side.rows()
            + "LAYER\", so no shape tells how many examples there are; write \""
            + side.count()
            + "\" into the file's metadata.");
  }

  /** The tensors of one use with their layout, after their shapes are found to have it. */
  CaptureUse of(LayerSpec layer, int use, CaptureUse tensors) {
    String rows = side.rows(layer.name(), use);
    if (names.has(rows)) {
      StatedRows stated = StatedRows.read(file, rows, examples);
      requireParts(tensors.activationsName(), tensors.activations(), rows, stated);
      requireParts(tensors.gradientsName(), tensors.gradients(), rows, stated);
      boolean oneEach = layer.convolution() != null || tensors.activations().rank() == 2;
      Check.that(
          oneEach,
          "Tensor \"%s\" has shape %s, but \"%s\" names the example of each row; save [rows, columns].",
          tensors.activationsName(),
          Arrays.toString(tensors.activations().shape()),
          rows);
      return tensors.with(stated);
    }
    boolean rowsFirst = rowsFirst(layer, tensors.activations().rank());
    int dimension = rowsFirst ? 1 : 0;
    String place = rowsFirst ? "second" : "first";
    requireExamples(tensors.activationsName(), tensors.activations(), dimension, place);
    requireExamples(tensors.gradientsName(), tensors.gradients(), dimension, place);
    if (rowsFirst) {
      int each = Math.toIntExact(tensors.activations().size(0));
      return tensors.with(new RowsFirst(each, examples));
    }
    return tensors;
  }

  private boolean rowsFirst(LayerSpec layer, int rank) {
    return layer.convolution() == null
        && rank == 3
        && linear.order(layer.name()) == LinearLayers.Order.ROWS_FIRST;
  }

  private void requireParts(String name, CaptureTensor tensor, String rows, StatedRows stated) {
    Check.that(
        tensor.size(0) == stated.owners().length && tensor.elementsPerPart(1) > 0,
        "Tensor \"%s\" has shape %s, but \"%s\" names the examples of %d rows; give both as many, and"
            + " no other size 0.",
        name,
        Arrays.toString(tensor.shape()),
        rows,
        stated.owners().length);
  }

  private void requireExamples(String name, CaptureTensor tensor, int dimension, String place) {
    Check.that(
        tensor.rank() > dimension && tensor.size(dimension) == examples && tensor.elements() > 0,
        "Tensor \"%s\" has shape %s, expected %d examples %s, as \"%s\" has, and no size 0;"
            + " capture the same examples in every layer, and name the example of each row in \"%s\" where a layer has"
            + " other rows, such as the tokens routed to an expert.",
        name,
        Arrays.toString(tensor.shape()),
        examples,
        place,
        origin,
        side.rows() + "LAYER");
  }
}
