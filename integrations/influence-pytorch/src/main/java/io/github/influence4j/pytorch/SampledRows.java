/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.TensorView;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Rows of logits from which labels are drawn. */
final class SampledRows {
  private final Tensor logits;
  private final @Nullable Tensor probabilities;
  private final int classes;
  private final float[] row;
  private final float[] shares;

  /**
   * Rows.
   *
   * @param logits [rows, classes]
   * @param probabilities softmax(logits)
   */
  SampledRows(Tensor logits, Tensor probabilities) {
    boolean single = logits.scalar_type().intern() == ScalarType.Float;
    this.logits = logits.cpu().contiguous();
    this.probabilities = single ? probabilities.cpu().contiguous() : null;
    classes = Math.toIntExact(logits.size(1));
    row = new float[single ? classes : 0];
    shares = new float[row.length];
  }

  /** Draws the label of a row, which has a number here, one in its example, and an example. */
  int label(LabelSampler sampler, int number, long example, long place) {
    if (probabilities == null) {
      double[] wide = new double[classes];
      TensorView view = TensorViews.of("The tensor of logits", logits);
      for (int c = 0; c < classes; c++) {
        wide[c] = view.get(number * classes + c);
      }
      return sampler.softmax(wide, example, place);
    }
    floats(logits).position(number * classes).get(row);
    floats(probabilities).position(number * classes).get(shares);
    return sampler.softmax(row, shares, example, place);
  }

  private static FloatBuffer floats(Tensor tensor) {
    return new BytePointer(tensor.data_ptr())
        .capacity(tensor.nbytes())
        .asByteBuffer()
        .order(java.nio.ByteOrder.nativeOrder())
        .asFloatBuffer();
  }
}
