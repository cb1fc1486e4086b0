/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.PaddingMode;
import java.util.stream.IntStream;

/**
 * One direction of a convolution: its output o reads, with element k of the kernel, position {@code
 * o·stride + k·dilation - padding} of the input.
 *
 * @param size positions of the input
 * @param output positions of the output
 * @param kernel elements of the kernel
 * @param stride positions from one output to the next
 * @param padding positions before the input, and as many after it
 * @param dilation positions from one element of the kernel to the next
 */
public record UnfoldedAxis(
    int size, int output, int kernel, int stride, int padding, int dilation) {

  static UnfoldedAxis down(Conv2d conv, int size, int output) {
    return new UnfoldedAxis(
        size,
        output,
        conv.kernelHeight(),
        conv.strideHeight(),
        conv.paddingHeight(),
        conv.dilationHeight());
  }

  static UnfoldedAxis across(Conv2d conv, int size, int output) {
    return new UnfoldedAxis(
        size,
        output,
        conv.kernelWidth(),
        conv.strideWidth(),
        conv.paddingWidth(),
        conv.dilationWidth());
  }

  /**
   * What is read.
   *
   * @param o position of the output
   * @param k element of the kernel
   * @param mode what lies beyond the border
   * @return position of the input, or -1 for a zero
   */
  public int source(int o, int k, PaddingMode mode) {
    int position = o * stride + k * dilation - padding;
    if (position >= 0 && position < size) {
      return position;
    }
    return switch (mode) {
      case ZEROS -> -1;
      case REPLICATE -> position < 0 ? 0 : size - 1;
      case CIRCULAR -> Math.floorMod(position, size);
      case REFLECT -> position < 0 ? -position : 2 * (size - 1) - position;
    };
  }

  /** {@code infl_axis}. */
  IntStream words() {
    return IntStream.of(size, output, kernel, stride, padding, dilation);
  }
}
