/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import io.github.influence4j.capture.TensorView;
import org.jspecify.annotations.Nullable;

/**
 * Rows of one side (activations or output gradients) of one layer: a borrowed strided view, valid
 * during the call it is passed to.
 *
 * <p>Element (r, c) with {@code c < columns} is element c of stored row {@code index[r]} ({@code r}
 * where there is no index). With {@code homogeneous} there is one more column, the last, which is 1
 * in every row. Shapes and bounds were checked by the caller.
 *
 * @param stored where the stored rows lie
 * @param rows number of rows
 * @param homogeneous whether a column of ones is appended
 * @param index which stored row is row r, where some rows (padding) are left out; null when none is
 * @param magnitudes what {@link ComputeBackend#magnitudes} says of these rows, where somebody asked
 */
public record Rows(
    StoredRows stored,
    int rows,
    boolean homogeneous,
    int @Nullable [] index,
    double @Nullable [] magnitudes) {

  /**
   * Rows that nobody has looked at.
   *
   * @param data the memory, of any element type
   * @param rows number of rows
   * @param columns number of stored columns
   * @param stride elements from one stored row to the next
   * @param offset elements before row 0, column 0
   * @param homogeneous whether a column of ones is appended
   * @param index which stored row is row r; null when none is left out
   */
  public Rows(
      TensorView data,
      int rows,
      int columns,
      int stride,
      int offset,
      boolean homogeneous,
      int @Nullable [] index) {
    this(new StoredRows(data, columns, stride, offset), rows, homogeneous, index, null);
  }

  /**
   * The memory.
   *
   * @return of any element type
   */
  public TensorView data() {
    return stored.data();
  }

  /**
   * Number of stored columns.
   *
   * @return the number
   */
  public int columns() {
    return stored.columns();
  }

  /**
   * Distance of stored rows.
   *
   * @return elements from one to the next
   */
  public int stride() {
    return stored.stride();
  }

  /**
   * Where stored rows begin.
   *
   * @return elements before row 0, column 0
   */
  public int offset() {
    return stored.offset();
  }

  /**
   * The same rows in other memory.
   *
   * @param data laid out alike
   * @return rows of that memory
   */
  public Rows withData(TensorView data) {
    StoredRows moved = new StoredRows(data, columns(), stride(), offset());
    return new Rows(moved, rows, homogeneous, index, magnitudes);
  }

  /**
   * The same rows after somebody has looked at them.
   *
   * @param values what {@link ComputeBackend#magnitudes} says of them
   * @return rows that know it
   */
  public Rows withMagnitudes(double @Nullable [] values) {
    return new Rows(stored, rows, homogeneous, index, values);
  }

  /**
   * Columns including the homogeneous one.
   *
   * @return the dimension of the covariance of these rows
   */
  public int dimension() {
    return homogeneous ? columns() + 1 : columns();
  }

  /**
   * Reads one element, slowly.
   *
   * @param row below {@link #rows}
   * @param column below {@link #dimension}
   * @return the element
   */
  public double get(int row, int column) {
    if (column == columns()) {
      return 1;
    }
    int at = index == null ? row : index[row];
    return data().get(offset() + at * stride() + column);
  }
}
