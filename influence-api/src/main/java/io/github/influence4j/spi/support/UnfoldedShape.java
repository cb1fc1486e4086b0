/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What images unfold to.
 *
 * @param geometry of the convolution
 * @param images how many, N
 * @param down from H rows of an image to OH
 * @param across from W columns of an image to OW
 */
public record UnfoldedShape(Conv2d geometry, int images, UnfoldedAxis down, UnfoldedAxis across) {

  /**
   * Of a batch.
   *
   * @param geometry of the convolution
   * @param images [N, C, H, W]
   * @return the shape
   * @throws IllegalArgumentException if the rows take more than 2 GiB
   */
  public static UnfoldedShape of(Conv2d geometry, TensorView images) {
    boolean none = images.size(0) == 0;
    long height = none ? 1 : images.size(2);
    long width = none ? 1 : images.size(3);
    long outputHeight = none ? 1 : geometry.outputHeight(height);
    long outputWidth = none ? 1 : geometry.outputWidth(width);
    long columns = (long) geometry.inChannels() * geometry.kernelHeight() * geometry.kernelWidth();
    long rows = images.size(0) * outputHeight * outputWidth;
    if (rows > Integer.MAX_VALUE / (columns * images.type().bytes())) {
      throw new IllegalArgumentException(
          "A batch unfolds to "
              + rows
              + " x "
              + columns
              + " values of one layer, more than 2 GiB; pass smaller batches.");
    }
    return new UnfoldedShape(
        geometry,
        (int) images.size(0),
        UnfoldedAxis.down(geometry, Math.toIntExact(height), (int) outputHeight),
        UnfoldedAxis.across(geometry, Math.toIntExact(width), (int) outputWidth));
  }

  /**
   * Rows of all images.
   *
   * @return N·OH·OW
   */
  public int rows() {
    return images * down.output() * across.output();
  }

  /**
   * Elements of a row.
   *
   * @return C·KH·KW
   */
  public int columns() {
    return geometry.inChannels() * down.kernel() * across.kernel();
  }

  /**
   * Elements of an image.
   *
   * @return C·H·W
   */
  public int imageElements() {
    return geometry.inChannels() * down.size() * across.size();
  }

  /**
   * What kernels in C get to know, all but where the images lie: the 32-bit integers of {@code
   * infl_images} in {@code influence_cpu.h} and {@code influence_cuda.h}, one after the other.
   *
   * @param type of the elements
   * @return bytes of an element, what lies beyond the border, channels, {@link #down}, {@link
   *     #across}
   */
  public int[] words(ElementType type) {
    IntStream images = IntStream.of(type.bytes(), border(), geometry.inChannels());
    return Stream.of(images, down.words(), across.words()).flatMapToInt(part -> part).toArray();
  }

  private int border() {
    return switch (geometry.paddingMode()) {
      case ZEROS -> 0;
      case REFLECT -> 1;
      case REPLICATE -> 2;
      case CIRCULAR -> 3;
    };
  }
}
