/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.TensorView;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * A part of the model of which nothing was kept but its ends.
 *
 * @param input what it was fed
 * @param function the part
 * @param output what it gave, the begin of a graph of its own
 * @param layers that it called, in order
 * @param shapes what they were fed, whose memory is gone
 */
record Part(
    Tensor input,
    UnaryOperator<Tensor> function,
    Tensor output,
    List<String> layers,
    List<TensorView> shapes) {
  void requireSame(List<String> again) {
    if (!again.equals(layers)) {
      throw new IllegalStateException(
          "A part of the model called the layers "
              + layers
              + " the first time and "
              + again
              + " the second; what Taps.recomputed runs must do the same each time.");
    }
  }
}
