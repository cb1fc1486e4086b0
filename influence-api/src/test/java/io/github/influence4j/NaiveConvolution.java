/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.capture.Conv2d;

/** A convolution straight from its definition, on an input padded beforehand. */
final class NaiveConvolution {
  private final Conv2d conv;
  private final int height;
  private final int width;
  final int outputHeight;
  final int outputWidth;

  NaiveConvolution(Conv2d conv, int height, int width) {
    this.conv = conv;
    this.height = height;
    this.width = width;
    int spanY = conv.dilationHeight() * (conv.kernelHeight() - 1) + 1;
    int spanX = conv.dilationWidth() * (conv.kernelWidth() - 1) + 1;
    this.outputHeight = (height + 2 * conv.paddingHeight() - spanY) / conv.strideHeight() + 1;
    this.outputWidth = (width + 2 * conv.paddingWidth() - spanX) / conv.strideWidth() + 1;
  }

  int inputSize() {
    return conv.inChannels() * height * width;
  }

  int outputSize() {
    return conv.outChannels() * outputHeight * outputWidth;
  }

  /** The input of one channel with its border. */
  private double[][] padded(double[] image, int channel) {
    int[] rows = sources(height, conv.paddingHeight());
    int[] columns = sources(width, conv.paddingWidth());
    double[][] out = new double[rows.length][columns.length];
    for (int y = 0; y < rows.length; y++) {
      for (int x = 0; x < columns.length; x++) {
        boolean zero = rows[y] < 0 || columns[x] < 0;
        out[y][x] = zero ? 0 : image[(channel * height + rows[y]) * width + columns[x]];
      }
    }
    return out;
  }

  /**
   * For 3 and 2: reflect 2 1 | 0 1 2 | 1 0, replicate 0 0 | 0 1 2 | 2 2, circular 1 2 | 0 1 2 | 0
   * 1.
   */
  private int[] sources(int size, int padding) {
    int[] out = new int[size + 2 * padding];
    for (int i = 0; i < size; i++) {
      out[padding + i] = i;
    }
    for (int k = 1; k <= padding; k++) {
      out[padding - k] =
          switch (conv.paddingMode()) {
            case ZEROS -> -1;
            case REFLECT -> k;
            case REPLICATE -> 0;
            case CIRCULAR -> size - k;
          };
      out[padding + size - 1 + k] =
          switch (conv.paddingMode()) {
            case ZEROS -> -1;
            case REFLECT -> size - 1 - k;
            case REPLICATE -> size - 1;
            case CIRCULAR -> k - 1;
          };
    }
    return out;
  }

  /**
   * {@code dL/dW[p][c][ky][kx] = Σ_{y,x} ds[p][y][x] in[c][y·stride + ky·dilation][...]} of one
   * group, [P/groups, columns], with {@code dL/db = Σ ds} last.
   */
  double[] weightGradient(double[] image, double[] outputGradient, int group, boolean bias) {
    int outs = conv.outChannels() / conv.groups();
    int ins = conv.inChannels() / conv.groups();
    int kernel = conv.kernelHeight() * conv.kernelWidth();
    int columns = ins * kernel + (bias ? 1 : 0);
    double[] out = new double[outs * columns];
    for (int p = 0; p < outs; p++) {
      for (int c = 0; c < ins; c++) {
        double[][] plane = padded(image, group * ins + c);
        for (int k = 0; k < kernel; k++) {
          out[p * columns + c * kernel + k] =
              weight(
                  plane,
                  outputGradient,
                  group * outs + p,
                  k / conv.kernelWidth(),
                  k % conv.kernelWidth());
        }
      }
      for (int i = 0; bias && i < outputHeight * outputWidth; i++) {
        out[p * columns + columns - 1] +=
            outputGradient[(group * outs + p) * outputHeight * outputWidth + i];
      }
    }
    return out;
  }

  private double weight(double[][] plane, double[] outputGradient, int p, int ky, int kx) {
    double sum = 0;
    for (int y = 0; y < outputHeight; y++) {
      for (int x = 0; x < outputWidth; x++) {
        double ds = outputGradient[(p * outputHeight + y) * outputWidth + x];
        int row = y * conv.strideHeight() + ky * conv.dilationHeight();
        sum += ds * plane[row][x * conv.strideWidth() + kx * conv.dilationWidth()];
      }
    }
    return sum;
  }

  /** Adds one row an output position; {@code kept} is null or says which positions count. */
  void addRows(NaiveLayer layer, int example, double[] image, double[] outputs, boolean[] kept) {
    int outs = conv.outChannels() / conv.groups();
    for (int g = 0; g < conv.groups(); g++) {
      for (int i = 0; i < outputHeight * outputWidth; i++) {
        if (kept == null || kept[i]) {
          double[] ds = new double[outs];
          for (int p = 0; p < outs; p++) {
            ds[p] = outputs[(g * outs + p) * outputHeight * outputWidth + i];
          }
          layer.add(g, example, patch(image, g, i / outputWidth, i % outputWidth), ds);
        }
      }
    }
  }

  private double[] patch(double[] image, int group, int y, int x) {
    int ins = conv.inChannels() / conv.groups();
    double[] out = new double[ins * conv.kernelHeight() * conv.kernelWidth()];
    int next = 0;
    for (int c = 0; c < ins; c++) {
      double[][] plane = padded(image, group * ins + c);
      for (int ky = 0; ky < conv.kernelHeight(); ky++) {
        for (int kx = 0; kx < conv.kernelWidth(); kx++) {
          int row = y * conv.strideHeight() + ky * conv.dilationHeight();
          out[next++] = plane[row][x * conv.strideWidth() + kx * conv.dilationWidth()];
        }
      }
    }
    return out;
  }
}
