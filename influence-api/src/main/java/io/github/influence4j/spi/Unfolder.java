/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.TensorView;

/**
 * Makes the rows of a linear layer of a convolution's input (Grosse and Martens 2016), in memory
 * that is used anew by each call and grows when it must. Belongs to whoever asked for it, and is
 * closed before its backend.
 *
 * <p>The memory is in proportion to the batch and, like the batch, no part of the budget {@link
 * BackendOptions#maxMemory}.
 */
public interface Unfolder extends AutoCloseable {
  /**
   * Unfolds images. Row (n, y, x), column (c, i, j) of the result is element {@code [n, c,
   * y·strideHeight + i·dilationHeight - paddingHeight, x·strideWidth + j·dilationWidth -
   * paddingWidth]} of the images, and beyond their border what {@link Conv2d#paddingMode} says.
   * Elements are moved as they are stored, bit for bit. With a kernel of 1 x 1 this makes rows of
   * the gradients at a convolution's output.
   *
   * <p>Rows are ordered image, output row, output column; columns channel, kernel row, kernel
   * column, so that those of a group of channels are consecutive.
   *
   * @param geometry kernel, stride, padding and dilation; its groups and output channels are not
   *     looked at
   * @param images [N, C, H, W] of any element type, borrowed for the call; without images H and W
   *     may be anything
   * @return [N·OH·OW, C·KH·KW] of the same element type, where the backend reads rows: in host
   *     memory, or on a GPU ({@link ComputeBackend#toHost}). Lent until the next call or {@link
   *     #close}
   * @throws IllegalArgumentException if that is more than 2 GiB
   * @throws IllegalStateException if this or the backend is closed
   */
  TensorView unfold(Conv2d geometry, TensorView images);

  /** Frees the memory; idempotent. */
  @Override
  void close();
}
