/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.PaddingMode;
import io.github.influence4j.capture.TensorView;

/**
 * A convolution seen as a linear layer: one row an output position, one column a weight of a filter
 * (Grosse and Martens 2016). Rows are ordered example, output row, output column; columns group,
 * channel of the group, kernel row, kernel column.
 */
final class Unfolding {
  private final Conv2d conv;
  private final ScratchTensor activations = new ScratchTensor();
  private final ScratchTensor gradients = new ScratchTensor();

  Unfolding(Conv2d conv) {
    this.conv = conv;
  }

  /** [N, C, H, W] to [N·OH·OW, C·KH·KW]. */
  TensorView activations(TensorView input, int outputHeight, int outputWidth) {
    int examples = (int) input.size(0);
    int height = (int) input.size(2);
    int width = (int) input.size(3);
    int kernel = conv.kernelHeight() * conv.kernelWidth();
    activations.reset(
        input.type(), examples * outputHeight * outputWidth, conv.inChannels() * kernel);
    for (int n = 0; n < examples; n++) {
      for (int c = 0; c < conv.inChannels(); c++) {
        int plane = (n * conv.inChannels() + c) * height * width;
        for (int y = 0; y < outputHeight; y++) {
          for (int x = 0; x < outputWidth; x++) {
            int row = (n * outputHeight + y) * outputWidth + x;
            window(input, plane, height, width, y, x, row, c * kernel);
          }
        }
      }
    }
    return activations.view();
  }

  private void window(
      TensorView input, int plane, int height, int width, int y, int x, int row, int column) {
    for (int ky = 0; ky < conv.kernelHeight(); ky++) {
      int sourceY =
          source(
              y * conv.strideHeight() - conv.paddingHeight() + ky * conv.dilationHeight(), height);
      for (int kx = 0; kx < conv.kernelWidth(); kx++) {
        int sourceX =
            source(x * conv.strideWidth() - conv.paddingWidth() + kx * conv.dilationWidth(), width);
        int to = column + ky * conv.kernelWidth() + kx;
        if (sourceY < 0 || sourceX < 0) {
          activations.zero(row, to, 1);
        } else {
          activations.copy(input, plane + sourceY * width + sourceX, row, to, 1);
        }
      }
    }
  }

  /** Where a coordinate is read, or -1 for a zero. */
  private int source(int position, int size) {
    if (position >= 0 && position < size) {
      return position;
    }
    if (conv.paddingMode() == PaddingMode.ZEROS) {
      return -1;
    }
    if (conv.paddingMode() == PaddingMode.REPLICATE) {
      return position < 0 ? 0 : size - 1;
    }
    if (conv.paddingMode() == PaddingMode.CIRCULAR) {
      return Math.floorMod(position, size);
    }
    return position < 0 ? -position : 2 * (size - 1) - position;
  }

  /** [N, P, OH, OW] to [N·OH·OW, P]. */
  TensorView gradients(TensorView output) {
    int examples = (int) output.size(0);
    int channels = (int) output.size(1);
    int positions = (int) (output.size(2) * output.size(3));
    gradients.reset(output.type(), examples * positions, channels);
    for (int n = 0; n < examples; n++) {
      for (int p = 0; p < channels; p++) {
        gradients.copyToColumn(
            output, (n * channels + p) * positions, 1, n * positions, p, positions);
      }
    }
    return gradients.view();
  }
}
