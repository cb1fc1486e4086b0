/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.Locale;
import java.util.Objects;

/**
 * The geometry of a two-dimensional convolution. Its raw input is [examples, inChannels, height,
 * width]; we unfold it. The columns of the unfolded rows, and so of the weight gradient, are
 * ordered channel, kernel row, kernel column, as in a weight of shape [out, in/groups,
 * kernelHeight, kernelWidth] flattened to [out, -1].
 *
 * <pre>{@code
 * Conv2d.of(16, 32, 3).withStride(2).withPadding(1).withPaddingMode(PaddingMode.REFLECT);
 * }</pre>
 */
public final class Conv2d {
  /** What is the same in both directions. */
  private record Axis(int kernel, int stride, int padding, int dilation) {
    boolean valid() {
      return kernel > 0 && stride > 0 && padding >= 0 && dilation > 0;
    }

    long outputSize(long size) {
      return Math.floorDiv(size + 2L * padding - (long) dilation * (kernel - 1) - 1, stride) + 1;
    }
  }

  private final int inChannels;
  private final int outChannels;
  private final Axis vertical;
  private final Axis horizontal;
  private final PaddingMode paddingMode;
  private final int groups;

  private Conv2d(
      int inChannels,
      int outChannels,
      Axis vertical,
      Axis horizontal,
      PaddingMode paddingMode,
      int groups) {
    boolean positive = inChannels > 0 && outChannels > 0 && groups > 0;
    if (!positive || !vertical.valid() || !horizontal.valid()) {
      throw new IllegalArgumentException(
          "A convolution needs positive channels, kernel, stride, dilation and groups, and padding"
              + " of 0 or more.");
    }
    if (inChannels % groups != 0 || outChannels % groups != 0) {
      throw new IllegalArgumentException(
          "groups="
              + groups
              + " divides neither or only one of inChannels="
              + inChannels
              + " and outChannels="
              + outChannels
              + "; it must divide both.");
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.vertical = vertical;
    this.horizontal = horizontal;
    this.paddingMode = Objects.requireNonNull(paddingMode, "paddingMode");
    this.groups = groups;
  }

  /**
   * A square kernel with stride 1, no padding, no dilation, one group.
   *
   * @param inChannels channels of the input
   * @param outChannels channels of the output
   * @param kernel height and width of the kernel
   * @return the geometry
   */
  public static Conv2d of(int inChannels, int outChannels, int kernel) {
    return of(inChannels, outChannels, kernel, kernel);
  }

  /**
   * A kernel with stride 1, no padding, no dilation, one group.
   *
   * @param inChannels channels of the input
   * @param outChannels channels of the output
   * @param kernelHeight rows of the kernel
   * @param kernelWidth columns of the kernel
   * @return the geometry
   */
  public static Conv2d of(int inChannels, int outChannels, int kernelHeight, int kernelWidth) {
    return new Conv2d(
        inChannels,
        outChannels,
        new Axis(kernelHeight, 1, 0, 1),
        new Axis(kernelWidth, 1, 0, 1),
        PaddingMode.ZEROS,
        1);
  }

  private Conv2d with(Axis rows, Axis columns) {
    return new Conv2d(inChannels, outChannels, rows, columns, paddingMode, groups);
  }

  /**
   * Changes the number of output channels.
   *
   * @param channels a multiple of the groups
   * @return a copy
   */
  public Conv2d withOutChannels(int channels) {
    return new Conv2d(inChannels, channels, vertical, horizontal, paddingMode, groups);
  }

  /**
   * Changes the stride.
   *
   * @param stride of both directions
   * @return a copy
   */
  public Conv2d withStride(int stride) {
    return withStride(stride, stride);
  }

  /**
   * Changes the stride.
   *
   * @param height step between output rows
   * @param width step between output columns
   * @return a copy
   */
  public Conv2d withStride(int height, int width) {
    return with(
        new Axis(vertical.kernel, height, vertical.padding, vertical.dilation),
        new Axis(horizontal.kernel, width, horizontal.padding, horizontal.dilation));
  }

  /**
   * Changes the padding.
   *
   * @param padding of all four sides
   * @return a copy
   */
  public Conv2d withPadding(int padding) {
    return withPadding(padding, padding);
  }

  /**
   * Changes the padding.
   *
   * @param height rows added above and below
   * @param width columns added left and right
   * @return a copy
   */
  public Conv2d withPadding(int height, int width) {
    return with(
        new Axis(vertical.kernel, vertical.stride, height, vertical.dilation),
        new Axis(horizontal.kernel, horizontal.stride, width, horizontal.dilation));
  }

  /**
   * Changes what the border holds.
   *
   * @param mode of all four sides
   * @return a copy
   */
  public Conv2d withPaddingMode(PaddingMode mode) {
    return new Conv2d(inChannels, outChannels, vertical, horizontal, mode, groups);
  }

  /**
   * Changes the dilation.
   *
   * @param dilation of both directions
   * @return a copy
   */
  public Conv2d withDilation(int dilation) {
    return withDilation(dilation, dilation);
  }

  /**
   * Changes the dilation.
   *
   * @param height distance of kernel rows
   * @param width distance of kernel columns
   * @return a copy
   */
  public Conv2d withDilation(int height, int width) {
    return with(
        new Axis(vertical.kernel, vertical.stride, vertical.padding, height),
        new Axis(horizontal.kernel, horizontal.stride, horizontal.padding, width));
  }

  /**
   * Changes the number of groups.
   *
   * @param newGroups divides both channel counts; {@link #inChannels} for a depthwise convolution
   * @return a copy
   */
  public Conv2d withGroups(int newGroups) {
    return new Conv2d(inChannels, outChannels, vertical, horizontal, paddingMode, newGroups);
  }

  /**
   * Channels of the input.
   *
   * @return a multiple of {@link #groups}
   */
  public int inChannels() {
    return inChannels;
  }

  /**
   * Channels of the output.
   *
   * @return a multiple of {@link #groups}
   */
  public int outChannels() {
    return outChannels;
  }

  /**
   * Rows of the kernel.
   *
   * @return at least 1
   */
  public int kernelHeight() {
    return vertical.kernel;
  }

  /**
   * Columns of the kernel.
   *
   * @return at least 1
   */
  public int kernelWidth() {
    return horizontal.kernel;
  }

  /**
   * Step between output rows.
   *
   * @return at least 1
   */
  public int strideHeight() {
    return vertical.stride;
  }

  /**
   * Step between output columns.
   *
   * @return at least 1
   */
  public int strideWidth() {
    return horizontal.stride;
  }

  /**
   * Rows added above and below.
   *
   * @return 0 or more
   */
  public int paddingHeight() {
    return vertical.padding;
  }

  /**
   * Columns added left and right.
   *
   * @return 0 or more
   */
  public int paddingWidth() {
    return horizontal.padding;
  }

  /**
   * What the added border holds.
   *
   * @return the mode of all four sides
   */
  public PaddingMode paddingMode() {
    return paddingMode;
  }

  /**
   * Distance of kernel rows.
   *
   * @return at least 1
   */
  public int dilationHeight() {
    return vertical.dilation;
  }

  /**
   * Distance of kernel columns.
   *
   * @return at least 1
   */
  public int dilationWidth() {
    return horizontal.dilation;
  }

  /**
   * Groups of channels that see each other only.
   *
   * @return at least 1
   */
  public int groups() {
    return groups;
  }

  /**
   * Height of the output.
   *
   * @param height of the input
   * @return rows, 0 or less if the input is too small
   */
  public long outputHeight(long height) {
    return vertical.outputSize(height);
  }

  /**
   * Width of the output.
   *
   * @param width of the input
   * @return columns, 0 or less if the input is too small
   */
  public long outputWidth(long width) {
    return horizontal.outputSize(width);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Conv2d conv
        && inChannels == conv.inChannels
        && outChannels == conv.outChannels
        && vertical.equals(conv.vertical)
        && horizontal.equals(conv.horizontal)
        && paddingMode == conv.paddingMode
        && groups == conv.groups;
  }

  @Override
  public int hashCode() {
    return Objects.hash(inChannels, outChannels, vertical, horizontal, paddingMode, groups);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "Conv2d[%d -> %d channels, kernel %dx%d, stride %dx%d, padding %dx%d %s, dilation %dx%d,"
            + " groups %d]",
        inChannels,
        outChannels,
        vertical.kernel,
        horizontal.kernel,
        vertical.stride,
        horizontal.stride,
        vertical.padding,
        horizontal.padding,
        paddingMode,
        vertical.dilation,
        horizontal.dilation,
        groups);
  }
}
