/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.cuda.device.TypeCode;

/** From one element type to another, of dense elements on the device. */
public final class Conversions {
  // Lets kernels copy 16 bytes at a time.
  private static final int UNIT = 1024;

  private final Engine engine;
  private final Kernels.DeviceRows view = new Kernels.DeviceRows();

  public Conversions(Engine engine) {
    this.engine = engine;
  }

  /**
   * How many elements to convert at a time where they take so many bytes at most; 1024 at least.
   */
  static int fitting(ElementType type, long bytes) {
    long units = Math.max(1, bytes / ((long) UNIT * type.bytes()));
    return (int) Math.min(Integer.MAX_VALUE, units * UNIT);
  }

  /** Converts. */
  public void convert(long from, ElementType type, int count, ElementType toType, long to) {
    // One row of many columns would be one block's work; as many rows as divide it are better.
    int columns = Integer.lowestOneBit(count | UNIT);
    dense(from, type, count / columns, columns);
    pack(toType, to, columns);
  }

  /** Transposes and converts a float64 matrix [n, n], column by column. */
  public void transpose(long from, int n, ElementType toType, long to) {
    for (int column = 0; column < n; column++) {
      dense(from, ElementType.F64, n, 1);
      view.offset(column).stride(n);
      pack(toType, to + (long) column * n * toType.bytes(), 1);
    }
  }

  /** Whether a float64 matrix holds neither NaN nor infinity. */
  public boolean allFinite(long matrix, int rows, int columns) {
    dense(matrix, ElementType.F64, rows, columns);
    long found = engine.scratch(Scratch.Slot.OUT, 4);
    CudaException.check(
        Kernels.firstNonFiniteRow(view, found, engine.stream()), "infl_cuda_first_non_finite_row");
    return Transfers.ints(engine.staging(), found, 1)[0] < 0;
  }

  private void dense(long data, ElementType type, int rows, int columns) {
    view.data(data)
        .index(0)
        .offset(0)
        .stride(columns)
        .type(TypeCode.of(type))
        .rows(rows)
        .columns(columns)
        .homogeneous(0);
  }

  private void pack(ElementType toType, long to, long stride) {
    CudaException.check(
        Kernels.pack(view, TypeCode.of(toType), to, stride, engine.stream()), "infl_cuda_pack");
  }
}
