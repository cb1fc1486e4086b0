/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tells which example owns which row of a layer's call. In this order:
 *
 * <ol>
 *   <li>Owners that the user named for the call.
 *   <li>A batch of one example owns all rows, whatever their shape.
 *   <li>The layout that the user stated for the layer; [examples · rows, inputs] has its examples
 *       first.
 *   <li>Where the output is packed: rows as many as those of the output are packed likewise.
 *   <li>The first dimension is the examples.
 *   <li>[examples · rows, inputs] is [examples, rows, inputs] with the rows of the output.
 * </ol>
 *
 * <p>Anything else is refused. Rules 4 to 6 look at sizes, which may fit by chance, so whoever
 * applies them verifies with {@link OwnerCheck}.
 *
 * <pre>{@code
 * LayerBatch batch = CallRows.arrange(rows, call, spec, RowLayout.UNSTATED);
 * }</pre>
 */
final class CallRows {
  private final BatchRows rows;
  private final LayerBatch call;
  private final long[] shape;

  private CallRows(BatchRows rows, LayerBatch call) {
    this.rows = rows;
    this.call = call;
    this.shape = call.activations().shape();
  }

  /**
   * States the rows of a call.
   *
   * @param rows how the output's rows belong to examples
   * @param call what the layer saw, with owners where the user named them
   * @param spec the layer
   * @param layout what the user stated for the layer
   * @return the same memory, with its examples in the first dimension, offsets or owners, and its
   *     mask
   * @throws IllegalArgumentException if the call fits no rule; the text names the layer and what to
   *     state
   */
  static LayerBatch arrange(BatchRows rows, LayerBatch call, LayerSpec spec, RowLayout layout) {
    CallRows one = new CallRows(rows, call);
    return spec.convolution() == null ? one.linear(layout) : one.convolution();
  }

  private LayerBatch convolution() {
    boolean[] mask = rows.layerMasks().get(call.layer());
    LayerBatch masked = mask == null ? call : call.withMask(mask);
    if (masked.owners() != null || shape.length < 3) {
      return masked;
    }
    if (rows.examples() == 1) {
      return masked.withRowsOf(new int[(int) shape[0]]);
    }
    require(shape[0] == rows.examples());
    return masked;
  }

  private LayerBatch linear(RowLayout layout) {
    require(shape.length >= 2);
    int count = 1;
    for (int i = 0; i < shape.length - 1; i++) {
      count = Math.multiplyExact(count, (int) shape[i]);
    }
    if (call.owners() != null) {
      return masked(call, null);
    }
    if (rows.examples() == 1) {
      boolean sequence = shape[shape.length > 2 ? 1 : 0] == rows.length();
      sequence &= shape.length == 2 || shape[0] == 1;
      return masked(call.withRowsOf(new int[count]), sequence ? repeated(count) : null);
    }
    return switch (layout) {
      case ROWS_FIRST -> rowsFirst(count);
      case EXAMPLES_FIRST -> shape.length == 2 ? flat(count) : examplesFirst(count);
      case UNSTATED -> unstated(count);
    };
  }

  private LayerBatch unstated(int count) {
    int[] offsets = rows.offsets();
    boolean matrix = shape.length == 2 || (shape.length == 3 && shape[0] == 1);
    if (offsets != null && matrix && count == offsets[offsets.length - 1]) {
      return masked(reshaped(count).withOffsets(offsets), null);
    }
    boolean flat = shape.length == 2 && rows.length() > 1;
    if (flat && shape[0] == (long) rows.examples() * rows.length()) {
      return masked(reshaped(rows.examples(), rows.length()), repeated(count));
    }
    return examplesFirst(count);
  }

  /** [examples · rows, inputs], where the user said that examples come first. */
  private LayerBatch flat(int count) {
    int each = count / rows.examples();
    require(each > 0 && each * rows.examples() == count);
    LayerBatch unfolded = each == 1 ? call : reshaped(rows.examples(), each);
    return masked(unfolded, each == rows.length() ? repeated(count) : null);
  }

  private LayerBatch examplesFirst(int count) {
    require(shape[0] == rows.examples() && count > 0);
    boolean sequence = shape.length > 2 && shape[1] == rows.length();
    boolean single = shape.length == 2 && rows.length() == 1;
    return masked(call, sequence || single ? repeated(count) : null);
  }

  /** [rows, examples, ..., inputs]. */
  private LayerBatch rowsFirst(int count) {
    require(shape.length > 2 && shape[1] == rows.examples());
    int examples = rows.examples();
    int inner = count / Math.max(1, (int) (shape[0] * shape[1]));
    int[] owners = new int[count];
    Arrays.setAll(owners, row -> row / inner % examples);
    boolean[] mask = rows.mask();
    boolean[] turned = null;
    if (mask != null && shape[0] == rows.length()) {
      turned = new boolean[count];
      for (int row = 0; row < count; row++) {
        turned[row] = mask[owners[row] * rows.length() + row / inner / examples];
      }
    }
    return masked(call.withRowsOf(owners), turned);
  }

  /** With the mask made for the layer, else with the one of the output, where it applies. */
  private LayerBatch masked(LayerBatch batch, boolean @Nullable [] mask) {
    boolean[] own = rows.layerMasks().get(batch.layer());
    boolean[] used = own == null ? mask : own;
    return used == null ? batch : batch.withMask(used);
  }

  /** The mask of the output, for as many rows a row of the output as the call has. */
  private boolean @Nullable [] repeated(int count) {
    boolean[] mask = rows.mask();
    if (mask == null || mask.length == 0) {
      return mask;
    }
    boolean[] repeated = new boolean[count];
    int times = count / mask.length;
    for (int i = 0; i < count; i++) {
      repeated[i] = mask[i / times];
    }
    return repeated;
  }

  private LayerBatch reshaped(long... leading) {
    return new LayerBatch(
        call.layer(),
        reshaped(call.activations(), leading),
        reshaped(call.outputGradients(), leading));
  }

  private static TensorView reshaped(TensorView tensor, long[] leading) {
    long[] shape = Arrays.copyOf(leading, leading.length + 1);
    shape[leading.length] = tensor.size(tensor.rank() - 1);
    return tensor.reshape(shape);
  }

  private void require(boolean condition) {
    if (!condition) {
      throw new IllegalArgumentException(
          "Layer \""
              + call.layer()
              + "\": its input has shape "
              + Arrays.toString(shape)
              + ", which does not say which of the "
              + rows.examples()
              + " examples owns which row; name the example of each row with rowsOf before the call"
              + " (routed tokens), state the layout with rowsFirst ([rows, examples, inputs]), expand"
              + " what examples share to [examples, rows, inputs], or run batches of one example.");
    }
  }
}
