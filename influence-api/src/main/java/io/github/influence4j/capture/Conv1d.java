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
 */
public final class Conv1d {
  /** Of images one row high. */
  private final Conv2d row;

  private Conv1d(Conv2d row) {
    this.row = row;
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
    return new Conv1d(Conv2d.of(inChannels, outChannels, 1, kernel));
  }

  /**
   * Changes the stride.
   *
   * @param stride step between output places
   * @return a copy
   */
  public Conv1d withStride(int stride) {
    return new Conv1d(row.withStride(1, stride));
  }

  /**
   * Changes the padding.
   *
   * @param padding places added at either end
   * @return a copy
   */
  public Conv1d withPadding(int padding) {
    return new Conv1d(row.withPadding(0, padding));
  }

  /**
   * Changes what the padding holds.
   *
   * @param mode at both ends
   * @return a copy
   */
  public Conv1d withPaddingMode(PaddingMode mode) {
    return new Conv1d(row.withPaddingMode(mode));
  }

  /**
   * Changes the dilation.
   *
   * @param dilation distance of the kernel's places
   * @return a copy
   */
  public Conv1d withDilation(int dilation) {
    return new Conv1d(row.withDilation(1, dilation));
  }

  /**
   * Changes the number of groups.
   *
   * @param groups groups of channels that see each other only; divides both channel counts
   * @return a copy
   */
  public Conv1d withGroups(int groups) {
    return new Conv1d(row.withGroups(groups));
  }

  /**
   * The same convolution of images one row high.
   *
   * @return the geometry, with kernel height 1, stride 1 and no padding in that direction
   */
  public Conv2d asConv2d() {
    return row;
  }

  /**
   * Channels of the input.
   *
   * @return a multiple of {@link #groups}
   */
  public int inChannels() {
    return row.inChannels();
  }

  /**
   * Channels of the output.
   *
   * @return a multiple of {@link #groups}
   */
  public int outChannels() {
    return row.outChannels();
  }

  /**
   * Length of the kernel.
   *
   * @return at least 1
   */
  public int kernel() {
    return row.kernelWidth();
  }

  /**
   * Step between output places.
   *
   * @return at least 1
   */
  public int stride() {
    return row.strideWidth();
  }

  /**
   * Places added at either end.
   *
   * @return 0 or more
   */
  public int padding() {
    return row.paddingWidth();
  }

  /**
   * What the padding holds.
   *
   * @return the mode of both ends
   */
  public PaddingMode paddingMode() {
    return row.paddingMode();
  }

  /**
   * Distance of the kernel's places.
   *
   * @return at least 1
   */
  public int dilation() {
    return row.dilationWidth();
  }

  /**
   * Groups of channels that see each other only.
   *
   * @return at least 1
   */
  public int groups() {
    return row.groups();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Conv1d conv && row.equals(conv.row);
  }

  @Override
  public int hashCode() {
    return row.hashCode();
  }

  @Override
  public String toString() {
    return "Conv1d of " + row;
  }
}
