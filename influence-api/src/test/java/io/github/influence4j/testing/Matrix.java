/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Explicit dense algebra for tests, one textbook loop an operation. Shares no code with what it
 * checks.
 *
 * @param rows number of rows
 * @param columns number of columns
 * @param values row-major
 */
public record Matrix(int rows, int columns, double[] values) {
  /** Checks the size. */
  public Matrix {
    if (values.length != rows * columns) {
      throw new IllegalArgumentException(values.length + " values for " + rows + " x " + columns);
    }
  }

  public static Matrix zeros(int rows, int columns) {
    return new Matrix(rows, columns, new double[rows * columns]);
  }

  public static Matrix identity(int n) {
    Matrix out = zeros(n, n);
    for (int i = 0; i < n; i++) {
      out.set(i, i, 1);
    }
    return out;
  }

  public static Matrix diagonal(double... values) {
    Matrix out = zeros(values.length, values.length);
    for (int i = 0; i < values.length; i++) {
      out.set(i, i, values[i]);
    }
    return out;
  }

  public static Matrix column(double... values) {
    return new Matrix(values.length, 1, values);
  }

  public static Matrix gaussian(Random random, int rows, int columns) {
    return new Matrix(rows, columns, SeededRandom.gaussians(random, rows * columns));
  }

  /** Gram-Schmidt, twice, on the columns of a Gaussian matrix. */
  public static Matrix orthonormal(Random random, int n) {
    Matrix q = gaussian(random, n, n);
    for (int k = 0; k < n; k++) {
      for (int j = 0; j < 2 * k; j++) {
        int other = j % k;
        double dot = 0;
        for (int i = 0; i < n; i++) {
          dot += q.get(i, k) * q.get(i, other);
        }
        for (int i = 0; i < n; i++) {
          q.set(i, k, q.get(i, k) - dot * q.get(i, other));
        }
      }
      double norm = 0;
      for (int i = 0; i < n; i++) {
        norm += q.get(i, k) * q.get(i, k);
      }
      for (int i = 0; i < n; i++) {
        q.set(i, k, q.get(i, k) / Math.sqrt(norm));
      }
    }
    return q;
  }

  /** Square blocks along the diagonal. */
  public static Matrix blockDiagonal(List<Matrix> blocks) {
    int n = blocks.stream().mapToInt(Matrix::rows).sum();
    Matrix out = zeros(n, n);
    int first = 0;
    for (Matrix block : blocks) {
      for (int i = 0; i < block.rows; i++) {
        for (int j = 0; j < block.columns; j++) {
          out.set(first + i, first + j, block.get(i, j));
        }
      }
      first += block.rows;
    }
    return out;
  }

  public double get(int row, int column) {
    return values[row * columns + column];
  }

  public void set(int row, int column, double value) {
    values[row * columns + column] = value;
  }

  public Matrix times(Matrix other) {
    Matrix out = zeros(rows, other.columns);
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < columns; k++) { // row after row of the other: the fastest naive order
        double factor = get(i, k);
        for (int j = 0; j < other.columns; j++) {
          out.values[i * other.columns + j] += factor * other.values[k * other.columns + j];
        }
      }
    }
    return out;
  }

  public Matrix times(double factor) {
    return new Matrix(rows, columns, Arrays.stream(values).map(x -> x * factor).toArray());
  }

  public Matrix plus(Matrix other) {
    double[] sum = values.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += other.values[i];
    }
    return new Matrix(rows, columns, sum);
  }

  public Matrix minus(Matrix other) {
    return plus(other.times(-1));
  }

  public Matrix transposed() {
    Matrix out = zeros(columns, rows);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        out.set(j, i, get(i, j));
      }
    }
    return out;
  }

  /** Element by element. */
  public Matrix hadamard(Matrix other) {
    double[] product = values.clone();
    for (int i = 0; i < product.length; i++) {
      product[i] *= other.values[i];
    }
    return new Matrix(rows, columns, product);
  }

  /** Kronecker product: block (i, j) is {@code get(i, j) * other}. */
  public Matrix kronecker(Matrix other) {
    Matrix out = zeros(rows * other.rows, columns * other.columns);
    for (int i = 0; i < out.rows; i++) {
      for (int j = 0; j < out.columns; j++) {
        double left = get(i / other.rows, j / other.columns);
        out.set(i, j, left * other.get(i % other.rows, j % other.columns));
      }
    }
    return out;
  }

  public double dot(Matrix other) {
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += values[i] * other.values[i];
    }
    return sum;
  }

  /** Frobenius norm. */
  public double norm() {
    return Math.sqrt(dot(this));
  }

  /** {@code x} with {@code this·x = right}, by Gaussian elimination with partial pivoting. */
  public Matrix solve(Matrix right) {
    Matrix a = new Matrix(rows, columns, values.clone());
    Matrix x = new Matrix(right.rows, right.columns, right.values.clone());
    for (int k = 0; k < rows; k++) {
      int pivot = k;
      for (int i = k + 1; i < rows; i++) {
        pivot = Math.abs(a.get(i, k)) > Math.abs(a.get(pivot, k)) ? i : pivot;
      }
      a.swapRows(k, pivot);
      x.swapRows(k, pivot);
      for (int i = 0; i < rows; i++) {
        if (i != k) {
          double factor = a.get(i, k) / a.get(k, k);
          a.subtractRow(i, k, factor);
          x.subtractRow(i, k, factor);
        }
      }
    }
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < x.columns; j++) {
        x.set(i, j, x.get(i, j) / a.get(i, i));
      }
    }
    return x;
  }

  private void swapRows(int one, int other) {
    for (int j = 0; j < columns; j++) {
      double kept = get(one, j);
      set(one, j, get(other, j));
      set(other, j, kept);
    }
  }

  private void subtractRow(int row, int other, double factor) {
    for (int j = 0; j < columns; j++) {
      set(row, j, get(row, j) - factor * get(other, j));
    }
  }
}
