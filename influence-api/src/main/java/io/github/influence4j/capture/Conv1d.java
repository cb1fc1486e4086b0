/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/**
 * The geometry of a one-dimensional convolution, whose raw input is [examples, inChannels, length].
 *
 * <pre>{@code
 * Conv1d.of(16, 32, 3).withStride(2).withPadding(1);
 * }</pre>
 *
 * @param inChannels channels of the input, a multiple of {@code groups}
 * @param outChannels channels of the output, a multiple of {@code groups}
 * @param kernel length of the kernel
 * @param stride step between output places
 * @param padding places added at either end
 * @param paddingMode what they hold
 * @param dilation distance of the kernel's places
 * @param groups groups of channels that see each other only
 */
public record Conv1d(
    int inChannels,
    int outChannels,
    int kernel,
    int stride,
    int padding,
    PaddingMode paddingMode,
    int dilation,
    int groups) {

  /** Checks the numbers. */
  public Conv1d {
    conv2d(inChannels, outChannels, kernel, stride, padding, paddingMode, dilation, groups);
  }

  /**
   * Stride 1, no padding, no dilation, one group.
   *
   * @param inChannels channels of the input
   * @param outChannels channels of the output
   * @param kernel length of the kernel
   * @return the geometry
   */
  public static Conv1d of(int inChannels, int outChannels, int kernel) {
    return new Conv1d(inChannels, outChannels, kernel, 1, 0, PaddingMode.ZEROS, 1, 1);
  }

  /**
   * Changes the stride.
   *
   * @param newStride step between output places
   * @return a copy
   */
  public Conv1d withStride(int newStride) {
    return new Conv1d(
        inChannels, outChannels, kernel, newStride, padding, paddingMode, dilation, groups);
  }

  /**
   * Changes the padding.
   *
   * @param newPadding places added at either end
   * @return a copy
   */
  public Conv1d withPadding(int newPadding) {
    return new Conv1d(
        inChannels, outChannels, kernel, stride, newPadding, paddingMode, dilation, groups);
  }

  /**
   * Changes what the padding holds.
   *
   * @param mode at both ends
   * @return a copy
   */
  public Conv1d withPaddingMode(PaddingMode mode) {
    return new Conv1d(inChannels, outChannels, kernel, stride, padding, mode, dilation, groups);
  }

  /**
   * Changes the dilation.
   *
   * @param newDilation distance of the kernel's places
   * @return a copy
   */
  public Conv1d withDilation(int newDilation) {
    return new Conv1d(
        inChannels, outChannels, kernel, stride, padding, paddingMode, newDilation, groups);
  }

  /**
   * Changes the number of groups.
   *
   * @param newGroups divides both channel counts
   * @return a copy
   */
  public Conv1d withGroups(int newGroups) {
    return new Conv1d(
        inChannels, outChannels, kernel, stride, padding, paddingMode, dilation, newGroups);
  }

  /**
   * The same convolution of images one row high.
   *
   * @return the geometry, with kernel height 1, stride 1 and no padding in that direction
   */
  public Conv2d asConv2d() {
    return conv2d(inChannels, outChannels, kernel, stride, padding, paddingMode, dilation, groups);
  }

  private static Conv2d conv2d(
      int in,
      int out,
      int kernel,
      int stride,
      int padding,
      PaddingMode mode,
      int step,
      int groups) {
    return new Conv2d(in, out, 1, kernel, 1, stride, 0, padding, mode, 1, step, groups);
  }
}
