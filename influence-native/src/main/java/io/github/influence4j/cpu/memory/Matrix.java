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

  /** Fills the C structure. */
  public void write(Kernels.NativeMatrix matrix) {
    matrix.data(data).index(index).stride(stride).type(code()).columns(columns);
  }

  private int code() {
    return switch (type) {
      case F32 -> KernelConstants.F32;
      case F64 -> KernelConstants.F64;
      case F16 -> KernelConstants.F16;
      case BF16 -> KernelConstants.BF16;
    };
  }
}
