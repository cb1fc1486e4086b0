/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.store.DType;
import io.github.influence4j.store.Safetensors;

/**
 * What one use of one layer left in the file, on one side.
 *
 * @param layer its name
 * @param activationsName name of the first tensor
 * @param activations [examples, ...]
 * @param gradientsName name of the second
 * @param gradients [examples, ...]
 */
record LayerTensors(
    String layer,
    String activationsName,
    TensorView activations,
    String gradientsName,
    TensorView gradients) {

  static LayerTensors read(Safetensors file, Side side, Kind gradient, String layer, int use) {
    String activations = Kind.ACT.tensor(side, layer, use);
    String gradients = gradient.tensor(side, layer, use);
    return new LayerTensors(
        layer, activations, tensor(file, activations), gradients, tensor(file, gradients));
  }

  private static TensorView tensor(Safetensors file, String name) {
    DType type = file.dtype(name);
    Check.that(
        type.elementType() != null,
        "Tensor \"%s\" has dtype %s, expected F32, F64, F16 or BF16; convert it before saving.",
        name,
        type);
    int rank = file.shape(name).length;
    Check.that(
        rank >= 2 && rank <= 4,
        "Tensor \"%s\" has %d dimensions, expected [examples, columns], [examples, rows, columns] or,"
            + " for a convolution, [examples, channels, height, width].",
        name,
        rank);
    return file.tensor(name);
  }

  boolean image() {
    return activations.rank() == 4;
  }

  /** T: rows of an example, positions of a convolution's output. */
  int rows() {
    return switch (gradients.rank()) {
      case 2 -> 1;
      case 3 -> (int) gradients.size(1);
      default -> Math.toIntExact(gradients.size(2) * gradients.size(3));
    };
  }

  /** Columns of a linear layer, channels of a convolution. */
  static int features(TensorView tensor) {
    return (int) tensor.size(tensor.rank() == 4 ? 1 : tensor.rank() - 1);
  }

  /** Some consecutive examples of a tensor, without a copy. */
  static TensorView slice(TensorView tensor, int first, int examples) {
    long[] shape = tensor.shape();
    int each = shape[0] == 0 ? 0 : (int) (tensor.elements() / shape[0]);
    shape[0] = examples;
    return tensor.slice(first * each, shape);
  }

  /** Memory that one example takes. */
  long bytesPerExample() {
    long bytes =
        (long) activations.elements() * activations.type().bytes()
            + (long) gradients.elements() * gradients.type().bytes();
    return bytes / Math.max(1, activations.size(0));
  }
}
