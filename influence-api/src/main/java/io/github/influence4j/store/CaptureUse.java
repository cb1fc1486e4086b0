/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

/**
 * What one use of one layer left in the file, on one side.
 *
 * @param layer its name
 * @param activationsName name of the first tensor
 * @param activations [examples, ...]
 * @param gradientsName name of the second
 * @param gradients [examples, ...]
 */
record CaptureUse(
    String layer,
    String activationsName,
    CaptureTensor activations,
    String gradientsName,
    CaptureTensor gradients) {

  static CaptureUse read(
      Safetensors file, CaptureSide side, CaptureKind gradient, String layer, int use) {
    String activations = CaptureKind.ACT.tensor(side, layer, use);
    String gradients = gradient.tensor(side, layer, use);
    return new CaptureUse(
        layer, activations, tensor(file, activations), gradients, tensor(file, gradients));
  }

  private static CaptureTensor tensor(Safetensors file, String name) {
    CaptureTensor tensor = CaptureTensor.of(file, name);
    int rank = tensor.rank();
    Check.that(
        rank >= 2 && rank <= 4,
        "Tensor \"%s\" has %d dimensions, expected [examples, columns], [examples, rows, columns] or,"
            + " for a convolution, [examples, channels, height, width].",
        name,
        rank);
    return tensor;
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
  static int features(CaptureTensor tensor) {
    return (int) tensor.size(tensor.rank() == 4 ? 1 : tensor.rank() - 1);
  }

  /** Memory that one example takes. */
  long bytesPerExample() {
    return activations.elementsPerExample() * activations.type().bytes()
        + gradients.elementsPerExample() * gradients.type().bytes();
  }
}
