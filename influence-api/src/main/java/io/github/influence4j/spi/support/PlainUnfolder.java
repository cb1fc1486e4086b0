/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.ComputeBackend;
import java.nio.ByteBuffer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Unfolds in plain loops, element by element. */
public final class PlainUnfolder extends HostUnfolder {
  /**
   * Without memory yet.
   *
   * @param backend brings images to the host
   * @param lock runs an operation of the backend
   */
  public PlainUnfolder(ComputeBackend backend, Function<Supplier<TensorView>, TensorView> lock) {
    super(backend, lock);
  }

  @Override
  protected void fill(UnfoldedShape shape, TensorView images, ByteBuffer rows) {
    int to = 0;
    for (int n = 0; n < shape.images(); n++) {
      for (int y = 0; y < shape.down().output(); y++) {
        for (int x = 0; x < shape.across().output(); x++) {
          to = window(shape, images, rows, n, y, x, to);
        }
      }
    }
  }

  /** Writes one row from element {@code to} on; where the next one begins. */
  private static int window(
      UnfoldedShape shape, TensorView images, ByteBuffer rows, int n, int y, int x, int to) {
    Conv2d conv = shape.geometry();
    UnfoldedAxis down = shape.down();
    UnfoldedAxis across = shape.across();
    int next = to;
    for (int c = 0; c < conv.inChannels(); c++) {
      int plane = (n * conv.inChannels() + c) * down.size() * across.size();
      for (int i = 0; i < down.kernel(); i++) {
        int row = down.source(y, i, conv.paddingMode());
        for (int j = 0; j < across.kernel(); j++) {
          int column = across.source(x, j, conv.paddingMode());
          if (row < 0 || column < 0) {
            StoredElements.zero(images.type(), rows, next);
          } else {
            StoredElements.copy(images, plane + row * across.size() + column, 1, rows, next);
          }
          next++;
        }
      }
    }
    return next;
  }
}
