/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/**
 * The geometry of a two-dimensional convolution. Its raw input is [examples, inChannels, height,
 * width]; we unfold it. The columns of the unfolded rows, and so of the weight gradient, are
 * ordered channel, kernel row, kernel column, as in a weight of shape [out, in/groups,
 * kernelHeight, kernelWidth] flattened to [out, -1].
 *
 * <pre>{@code
 * Conv2d.of(16, 32, 3).withStride(2).withPadding(1).withPaddingMode(PaddingMode.REFLECT);
 * }</pre>
 *
 * @param inChannels channels of the input, a multiple of {@code groups}
 * @param outChannels channels of the output, a multiple of {@code groups}
 * @param kernelHeight rows of the kernel
 * @param kernelWidth columns of the kernel
 * @param strideHeight step between output rows
 * @param strideWidth step between output columns
 * @param paddingHeight rows added above and below
 * @param paddingWidth columns added left and right
 * @param paddingMode what the added border holds
 * @param dilationHeight distance of kernel rows
 * @param dilationWidth distance of kernel columns
 * @param groups groups of channels that see each other only; {@code inChannels} for a depthwise
 *     convolution
 */
public record Conv2d(
    int inChannels,
    int outChannels,
    int kernelHeight,
    int kernelWidth,
    int strideHeight,
    int strideWidth,
    int paddingHeight,
    int paddingWidth,
    PaddingMode paddingMode,
    int dilationHeight,
    int dilationWidth,
    int groups) {

  /** Checks the numbers. */
  public Conv2d {
    boolean positive =
        inChannels > 0
            && outChannels > 0
            && kernelHeight > 0
            && kernelWidth > 0
            && strideHeight > 0
            && strideWidth > 0
            && dilationHeight > 0
            && dilationWidth > 0
            && groups > 0;
    if (!positive || paddingHeight < 0 || paddingWidth < 0) {
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
    return new Conv2d(
        inChannels, outChannels, kernel, kernel, 1, 1, 0, 0, PaddingMode.ZEROS, 1, 1, 1);
  }

  /**
   * Changes the stride.
   *
   * @param stride of both directions
   * @return a copy
   */
  public Conv2d withStride(int stride) {
    return new Conv2d(
        inChannels,
        outChannels,
        kernelHeight,
        kernelWidth,
        stride,
        stride,
        paddingHeight,
        paddingWidth,
        paddingMode,
        dilationHeight,
        dilationWidth,
        groups);
  }

  /**
   * Changes the padding.
   *
   * @param padding of all four sides
   * @return a copy
   */
  public Conv2d withPadding(int padding) {
    return new Conv2d(
        inChannels,
        outChannels,
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        padding,
        padding,
        paddingMode,
        dilationHeight,
        dilationWidth,
        groups);
  }

  /**
   * Changes what the border holds.
   *
   * @param mode of all four sides
   * @return a copy
   */
  public Conv2d withPaddingMode(PaddingMode mode) {
    return new Conv2d(
        inChannels,
        outChannels,
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        paddingHeight,
        paddingWidth,
        mode,
        dilationHeight,
        dilationWidth,
        groups);
  }

  /**
   * Changes the dilation.
   *
   * @param dilation of both directions
   * @return a copy
   */
  public Conv2d withDilation(int dilation) {
    return new Conv2d(
        inChannels,
        outChannels,
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        paddingHeight,
        paddingWidth,
        paddingMode,
        dilation,
        dilation,
        groups);
  }

  /**
   * Changes the number of groups.
   *
   * @param newGroups divides both channel counts
   * @return a copy
   */
  public Conv2d withGroups(int newGroups) {
    return new Conv2d(
        inChannels,
        outChannels,
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        paddingHeight,
        paddingWidth,
        paddingMode,
        dilationHeight,
        dilationWidth,
        newGroups);
  }

  /**
   * Height of the output.
   *
   * @param height of the input
   * @return rows, 0 or less if the input is too small
   */
  public long outputHeight(long height) {
    return outputSize(height, kernelHeight, strideHeight, paddingHeight, dilationHeight);
  }

  /**
   * Width of the output.
   *
   * @param width of the input
   * @return columns, 0 or less if the input is too small
   */
  public long outputWidth(long width) {
    return outputSize(width, kernelWidth, strideWidth, paddingWidth, dilationWidth);
  }

  private static long outputSize(long size, int kernel, int stride, int padding, int dilation) {
    return Math.floorDiv(size + 2L * padding - (long) dilation * (kernel - 1) - 1, stride) + 1;
  }
}
