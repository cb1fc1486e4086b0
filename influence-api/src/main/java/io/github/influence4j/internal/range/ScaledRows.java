/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.range;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Some rows of one side of a layer, divided by a power of two so that their squares can be summed.
 * Rows of ordinary data are all in one band, of exponent 0, and are not copied. A row's band
 * depends on the row alone.
 *
 * @param exponent the rows are 2^exponent times {@code rows}
 * @param rows the rows, in their order
 */
public record ScaledRows(int exponent, Rows rows) {
  /**
   * Sorts rows by magnitude.
   *
   * @param backend will sum them
   * @param rows all rows
   * @return the bands that there are, by exponent; one at least
   */
  public static List<ScaledRows> bands(ComputeBackend backend, Rows rows) {
    Precision precision = backend.description().precision();
    Headroom headroom = Headroom.of(precision);
    int[] bands = Exponents.of(backend, rows);
    for (int r = 0; r < bands.length; r++) {
      bands[r] = bands[r] == Exponents.OF_ZERO ? 0 : headroom.covarianceBand(bands[r]);
    }
    if (Arrays.stream(bands).allMatch(band -> band == 0)) {
      return List.of(new ScaledRows(0, rows));
    }
    Rows host = onHost(backend, rows);
    List<ScaledRows> out = new ArrayList<>();
    for (int band : new TreeSet<>(Arrays.stream(bands).boxed().toList())) {
      int[] some = IntStream.range(0, bands.length).filter(r -> bands[r] == band).toArray();
      out.add(
          new ScaledRows(
              band, band == 0 ? select(rows, some) : divided(host, some, band, precision)));
    }
    return out;
  }

  private static Rows select(Rows rows, int[] some) {
    int[] index = rows.index();
    int[] stored = index == null ? some : Arrays.stream(some).map(r -> index[r]).toArray();
    return new Rows(rows.stored(), some.length, rows.homogeneous(), stored, null);
  }

  private static Rows divided(Rows rows, int[] some, int exponent, Precision precision) {
    Copy copy = new Copy(precision, some.length, rows.dimension());
    for (int r = 0; r < some.length; r++) {
      copy.put(r, rows, some[r], -exponent);
    }
    return copy.rows();
  }

  static Rows onHost(ComputeBackend backend, Rows rows) {
    return rows.withData(backend.toHost(rows.data()));
  }

  /** Rows times powers of two, the homogeneous column stored with them. */
  static final class Copy {
    private final TensorView data;
    private final int rows;
    private final int columns;

    Copy(Precision precision, int rows, int columns) {
      int elements = Math.multiplyExact(rows, columns);
      this.rows = rows;
      this.columns = columns;
      this.data =
          precision.type() == ElementType.F32
              ? TensorView.of(new float[elements], rows, columns)
              : TensorView.of(new double[elements], rows, columns);
    }

    void put(int row, Rows from, int number, int exponent) {
      for (int c = 0; c < columns; c++) {
        data.set(row * columns + c, Math.scalb(from.get(number, c), exponent));
      }
    }

    Rows rows() {
      return new Rows(data, rows, columns, columns, 0, false, null);
    }
  }
}
