/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import java.util.Arrays;

/**
 * A matrix within an array, row after row.
 *
 * @param values the array
 * @param offset where it begins
 * @param stride from one row to the next
 * @param rows number of rows
 * @param columns number of columns
 */
record MatrixView(double[] values, int offset, int stride, int rows, int columns) {
  static MatrixView of(double[] values, int rows, int columns) {
    return new MatrixView(values, 0, columns, rows, columns);
  }

  /** Some columns. */
  MatrixView columns(int first, int count) {
    return new MatrixView(values, offset + first, stride, rows, count);
  }

  /** Some rows. */
  MatrixView rows(int first, int count) {
    return new MatrixView(values, offset + first * stride, stride, count, columns);
  }

  /** A transposed copy. */
  MatrixView transposed() {
    double[] out = new double[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        out[j * rows + i] = values[offset + i * stride + j];
      }
    }
    return of(out, columns, rows);
  }

  /**
   * {@code this += a b}, two rows of b at a time. Rows are copied to arrays of their own: the JIT
   * makes vectors only of loops in which all indices are the same.
   */
  void addProduct(MatrixView a, MatrixView b) {
    double[][] from = b.toRows();
    double[] to = new double[columns];
    for (int i = 0; i < rows; i++) {
      int start = offset + i * stride;
      System.arraycopy(values, start, to, 0, columns);
      int factors = a.offset + i * a.stride;
      int k = 0;
      for (; k + 1 < a.columns; k += 2) {
        add(a.values[factors + k], from[k], a.values[factors + k + 1], from[k + 1], to);
      }
      for (; k < a.columns; k++) {
        Vectors.add(a.values[factors + k], from[k], to);
      }
      System.arraycopy(to, 0, values, start, columns);
    }
  }

  private double[][] toRows() {
    double[][] out = new double[rows][];
    for (int i = 0; i < rows; i++) {
      out[i] = Arrays.copyOfRange(values, offset + i * stride, offset + i * stride + columns);
    }
    return out;
  }

  private static void add(double f, double[] a, double g, double[] b, double[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] += f * a[j] + g * b[j];
    }
  }
}
