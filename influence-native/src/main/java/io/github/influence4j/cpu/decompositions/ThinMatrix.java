/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.Tasks;

/**
 * A matrix of a few dozen columns in the arena, row-major, each row padded with zeros.
 *
 * @param data address of element (0, 0)
 * @param line address of an {@code infl_matrix} that holds all elements in one row
 * @param type of the elements
 * @param rows number of rows
 * @param width number of columns
 */
public record ThinMatrix(long data, long line, ElementType type, int rows, int width) {
  /** Rows of a product that are worth a task. */
  private static final int TASK_ROWS = 64;

  /**
   * The left side D of a product.
   *
   * @param data address of element (0, 0)
   * @param rowStep elements from row to row
   * @param columnStep elements from column to column
   * @param rows of D
   * @param columns of D
   */
  public record LeftSide(long data, long rowStep, long columnStep, int rows, int columns) {
    /** A row-major matrix without gaps. */
    public static LeftSide dense(long data, int rows, int columns) {
      return new LeftSide(data, columns, 1, rows, columns);
    }

    public LeftSide transposed() {
      return new LeftSide(data, columnStep, rowStep, columns, rows);
    }
  }

  /** A matrix of zeros. */
  public static ThinMatrix zeros(Engine engine, ElementType type, int rows, int width) {
    long elements = (long) rows * stride(width);
    long data = engine.arena().take(elements * type.bytes());
    Kernels.zero(data, elements * type.bytes());
    long line = engine.matrix(Matrix.dense(data, type, Math.toIntExact(elements)));
    return new ThinMatrix(data, line, type, rows, width);
  }

  private static int stride(int width) {
    return (width + KernelConstants.THIN_UNIT - 1)
        / KernelConstants.THIN_UNIT
        * KernelConstants.THIN_UNIT;
  }

  /** Elements from row to row. */
  public int stride() {
    return stride(width);
  }

  /** As a matrix that kernels read row by row. */
  public Matrix matrix() {
    return new Matrix(data, 0, stride(), type, width);
  }

  /** Copies the first rows of another one of the same width. */
  public void set(Engine engine, ThinMatrix from, int some) {
    long count = (long) some * stride();
    NativeException.check(
        Kernels.convert(engine.kernels(type), from.line, 0, 1, count, data, count), "infl_convert");
  }

  /** This = D x. */
  void setProduct(Engine engine, Tasks tasks, LeftSide d, ThinMatrix x) {
    x.multiply(engine, tasks, d, 0, data, stride());
  }

  /**
   * Writes D x.
   *
   * @param engine the engine
   * @param tasks how to run
   * @param d left side, of this matrix's type
   * @param first this matrix's row that belongs to D's first column
   * @param out where to write
   * @param ldo elements from row to row
   */
  public void multiply(Engine engine, Tasks tasks, LeftSide d, int first, long out, long ldo) {
    int parts = Math.max(1, Math.min(tasks.enough(), d.rows() / TASK_ROWS));
    int each = (d.rows() + parts - 1) / parts;
    long x = data + (long) first * stride() * type.bytes();
    tasks.run(
        (d.rows() + each - 1) / each,
        (index, workspace) ->
            NativeException.check(
                Kernels.thinMultiply(
                    engine.kernels(type),
                    d.data(),
                    d.rowStep(),
                    d.columnStep(),
                    (long) index * each,
                    Math.min(each, d.rows() - index * each),
                    d.columns(),
                    x,
                    stride(),
                    width,
                    out,
                    ldo),
                "infl_thin_multiply"));
  }
}
