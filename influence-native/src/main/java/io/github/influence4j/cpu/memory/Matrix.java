/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import io.github.influence4j.capture.ElementType;

/**
 * An {@code infl_matrix}: row-major native memory of any element type. Column number {@code
 * columns} reads as 1.
 *
 * @param data address of element (0, 0)
 * @param index address of the int32 row numbers, or 0
 * @param stride elements from row to row
 * @param type of the elements
 * @param columns stored columns
 */
public record Matrix(long data, long index, long stride, ElementType type, int columns) {
  static final int WORDS = 4;

  /** A matrix without gaps. */
  public static Matrix dense(long data, ElementType type, int columns) {
    return new Matrix(data, 0, columns, type, columns);
  }

  public Matrix dropRows(long count) {
    return index == 0
        ? new Matrix(data + count * stride * type.bytes(), 0, stride, type, columns)
        : new Matrix(data, index + count * Integer.BYTES, stride, type, columns);
  }

  public Matrix dropColumns(int count) {
    return new Matrix(data + (long) count * type.bytes(), index, stride, type, columns - count);
  }

  /** Writes the C structure to {@code words} from {@code at} on. */
  public void write(long[] words, int at) {
    words[at] = data;
    words[at + 1] = index;
    words[at + 2] = stride;
    words[at + 3] = code() | ((long) columns << 32);
  }

  private long code() {
    return switch (type) {
      case F32 -> 0;
      case F64 -> 1;
      case F16 -> 2;
      case BF16 -> 3;
    };
  }
}
