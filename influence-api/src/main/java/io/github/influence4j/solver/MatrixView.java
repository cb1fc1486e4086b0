/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

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

  /** {@code this += a b}. Four rows of b at a time: loops that the JIT compiles to vectors. */
  void addProduct(MatrixView a, MatrixView b) {
    for (int i = 0; i < rows; i++) {
      int to = offset + i * stride;
      int factors = a.offset + i * a.stride;
      int k = 0;
      for (; k + 3 < a.columns; k += 4) {
        addRows(a.values, factors + k, b.values, b.offset + k * b.stride, b.stride, to);
      }
      for (; k < a.columns; k++) {
        addRow(a.values[factors + k], b.values, b.offset + k * b.stride, to);
      }
    }
  }

  private void addRows(double[] factors, int first, double[] from, int start, int step, int to) {
    double f0 = factors[first];
    double f1 = factors[first + 1];
    double f2 = factors[first + 2];
    double f3 = factors[first + 3];
    int r1 = start + step;
    int r2 = r1 + step;
    int r3 = r2 + step;
    for (int j = 0; j < columns; j++) {
      values[to + j] +=
          f0 * from[start + j] + f1 * from[r1 + j] + (f2 * from[r2 + j] + f3 * from[r3 + j]);
    }
  }

  private void addRow(double factor, double[] from, int start, int to) {
    for (int j = 0; j < columns; j++) {
      values[to + j] += factor * from[start + j];
    }
  }
}
