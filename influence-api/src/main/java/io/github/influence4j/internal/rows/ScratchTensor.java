/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.support.StoredElements;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A matrix in direct memory that is filled anew for each batch and grows when it must. */
final class ScratchTensor {
  private ByteBuffer memory = ByteBuffer.allocateDirect(0);
  private ElementType type = ElementType.F32;
  private int columns;
  private int rows;

  void reset(ElementType newType, int newRows, int newColumns) {
    long size = Math.multiplyExact(Math.multiplyExact((long) newRows, newColumns), newType.bytes());
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "The uses of one layer in a batch come to "
              + newRows
              + " x "
              + newColumns
              + " values, more than 2 GiB; pass smaller batches.");
    }
    if (memory.capacity() < size) {
      memory = ByteBuffer.allocateDirect((int) size).order(ByteOrder.LITTLE_ENDIAN);
    }
    type = newType;
    rows = newRows;
    columns = newColumns;
  }

  /** Copies a row of a tensor of the same type. */
  void copy(TensorView source, int from, int row) {
    StoredElements.copy(source, from * columns, columns, memory, row * columns);
  }

  TensorView view() {
    return TensorView.of(
        memory.duplicate().position(0).limit(rows * columns * type.bytes()), type, rows, columns);
  }
}
