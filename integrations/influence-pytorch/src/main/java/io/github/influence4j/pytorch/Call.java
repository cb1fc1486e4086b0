/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.TensorView;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One call of one layer. The versions count changes in place, which would falsify what was recorded
 * without PyTorch noticing: it reads the input for the weight gradient only.
 *
 * @param layer its name
 * @param input a reference of our own, for the model may close its tensors
 * @param output likewise
 * @param inputVersion when it was called
 * @param outputVersion when it was called
 * @param owners the example of each row where the model named them
 */
record Call(
    String layer,
    Tensor input,
    Tensor output,
    long inputVersion,
    long outputVersion,
    int @Nullable [] owners) {
  /**
   * Records a call.
   *
   * @param scope keeps what is recorded
   */
  static Call of(
      PointerScope scope, String layer, Tensor input, Tensor output, int @Nullable [] owners) {
    Tensor x = new Tensor(input);
    Tensor y = new Tensor(output);
    scope.attach(x).attach(y);
    return new Call(layer, x, y, x._version(), y._version(), owners);
  }

  void requireUnchanged() {
    boolean changed = input._version() != inputVersion;
    if (changed || output._version() != outputVersion) {
      throw new IllegalStateException(
          "Layer \""
              + layer
              + "\": its "
              + (changed ? "input" : "output")
              + " was changed in place after the call; use the operation without the trailing _"
              + " (relu instead of relu_).");
    }
  }

  /** What the layer was fed, and its gradient, contiguous. */
  LayerBatch seen(Tensor gradient) {
    LayerBatch batch = new LayerBatch(layer, inputView(), view(gradient));
    return owners == null ? batch : batch.withRowsOf(owners);
  }

  TensorView inputView() {
    return TensorViews.of("Layer \"" + layer + "\": its input", input.detach().contiguous());
  }

  /** Of a gradient at the output, in host memory. */
  TensorView hostView(Tensor gradient) {
    return view(gradient.cpu());
  }

  private TensorView view(Tensor gradient) {
    return TensorViews.of("Layer \"" + layer + "\": its output gradient", gradient);
  }

  ElementType type() {
    return TensorViews.elementType("Layer \"" + layer + "\": its output", output);
  }

  /** Lets both be freed before the scope closes. */
  void forget(PointerScope scope) {
    scope.detach(input);
    forgetOutput(scope);
  }

  /** The gradient is there, and nobody asks for the output any more. */
  void forgetOutput(PointerScope scope) {
    scope.detach(output);
  }
}
