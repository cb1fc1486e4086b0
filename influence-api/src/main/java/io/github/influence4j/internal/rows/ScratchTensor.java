/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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
          "A batch unfolds to "
              + newRows
              + " x "
              + newColumns
              + " values of one layer, more than 2 GiB; pass smaller batches.");
    }
    if (memory.capacity() < size) {
      memory = ByteBuffer.allocateDirect((int) size).order(ByteOrder.LITTLE_ENDIAN);
    }
    type = newType;
    rows = newRows;
    columns = newColumns;
  }

  /** Copies consecutive elements of a tensor of the same type. */
  void copy(TensorView source, int from, int row, int column, int length) {
    int to = row * columns + column;
    float[] floats = source.floatArray();
    double[] doubles = source.doubleArray();
    if (floats != null) {
      for (int i = 0; i < length; i++) {
        memory.putFloat((to + i) * 4, floats[from + i]);
      }
    } else if (doubles != null) {
      for (int i = 0; i < length; i++) {
        memory.putDouble((to + i) * 8, doubles[from + i]);
      }
    } else {
      int size = type.bytes();
      memory.put(to * size, bytes(source.byteBuffer()), from * size, length * size);
    }
  }

  /** Copies elements {@code from, from+step, ...} of a tensor of the same type to a column. */
  void copyToColumn(TensorView source, int from, int step, int firstRow, int column, int length) {
    for (int i = 0; i < length; i++) {
      copy(source, from + i * step, firstRow + i, column, 1);
    }
  }

  void zero(int row, int column, int length) {
    int size = type.bytes();
    int start = (row * columns + column) * size;
    for (int i = 0; i < length * size; i++) {
      memory.put(start + i, (byte) 0);
    }
  }

  TensorView view() {
    return TensorView.of(
        memory.duplicate().position(0).limit(rows * columns * type.bytes()), type, rows, columns);
  }

  private static ByteBuffer bytes(@Nullable ByteBuffer buffer) {
    return Objects.requireNonNull(buffer);
  }
}
