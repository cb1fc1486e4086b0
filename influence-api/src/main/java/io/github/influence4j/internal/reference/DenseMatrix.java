/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import java.util.Arrays;

/**
 * A small dense matrix with textbook loops.
 *
 * @param rows number of rows
 * @param columns number of columns
 * @param values row-major
 */
record DenseMatrix(int rows, int columns, double[] values) {
  static DenseMatrix zeros(int rows, int columns) {
    return new DenseMatrix(rows, columns, new double[Math.multiplyExact(rows, columns)]);
  }

  /** Matrix number {@code index} of a tensor [count, rows, columns]. */
  static DenseMatrix slice(HeapTensor tensor, int index) {
    int rows = (int) tensor.shape()[1];
    int columns = (int) tensor.shape()[2];
    int size = rows * columns;
    return new DenseMatrix(
        rows, columns, Arrays.copyOfRange(tensor.values(), index * size, (index + 1) * size));
  }

  double get(int row, int column) {
    return values[row * columns + column];
  }

  void add(int row, int column, double value) {
    values[row * columns + column] += value;
  }

  DenseMatrix times(DenseMatrix other) {
    DenseMatrix out = zeros(rows, other.columns);
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < columns; k++) {
        double factor = get(i, k);
        for (int j = 0; j < other.columns; j++) {
          out.values[i * other.columns + j] += factor * other.values[k * other.columns + j];
        }
      }
    }
    return out;
  }

  DenseMatrix transposed() {
    DenseMatrix out = zeros(columns, rows);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        out.values[j * rows + i] = get(i, j);
      }
    }
    return out;
  }

  double dot(DenseMatrix other) {
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += values[i] * other.values[i];
    }
    return sum;
  }

  /** First columns of a matrix. */
  DenseMatrix columns(int count) {
    DenseMatrix out = zeros(rows, count);
    for (int i = 0; i < rows; i++) {
      System.arraycopy(values, i * columns, out.values, i * count, count);
    }
    return out;
  }

  /** The whole block-diagonal Q of a basis that is not the identity. */
  static DenseMatrix of(Basis basis) {
    DenseMatrix q = zeros(basis.dimension(), basis.dimension());
    int first = 0;
    for (BackendTensor tensor : basis.blocks()) {
      double[] block = ((HeapTensor) tensor).values();
      int d = (int) tensor.shape()[0];
      for (int i = 0; i < d; i++) {
        System.arraycopy(block, i * d, q.values, (first + i) * q.columns + first, d);
      }
      first += d;
    }
    return q;
  }
}
