/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.range;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Examples of one layer whose gradients are divided by powers of two, so that neither they nor
 * their squares leave the range of the backend's precision ({@link Headroom}). Of ordinary data
 * nothing is scaled and nothing is copied. The power depends on the example alone, or on the row
 * alone, never on the batch.
 *
 * <p>A row's two sides may lie far apart, as 1e30 and 1e-30, so each is brought near 1 by itself:
 * with 2^α the activation's largest element and 2^γ the example's largest product, activations are
 * multiplied by 2^-α and output gradients by 2^(α-γ).
 *
 * @param rows the scaled examples
 * @param exponents the true gradient of example (or row) i is 2^exponents[i] times that of {@code
 *     rows}; null where none is scaled
 */
public record ScaledExamples(ExampleRows rows, int @Nullable [] exponents) {
  /**
   * Some of the examples of a batch, all divided by the same power of two.
   *
   * @param exponent gradients are 2^exponent times those of {@code rows}
   * @param rows the examples, in their order
   * @param examples their numbers in the batch
   */
  public record Band(int exponent, ExampleRows rows, int[] examples) {}

  /**
   * The power of an example or a row.
   *
   * @param index its number
   * @return the exponent
   */
  public int exponent(int index) {
    return exponents == null ? 0 : exponents[index];
  }

  /**
   * Every example by its own power.
   *
   * @param backend will compute with them
   * @param rows the examples
   * @return as many examples
   */
  public static ScaledExamples each(ComputeBackend backend, ExampleRows rows) {
    Scan scan = new Scan(backend, rows);
    if (scan.nothingToScale()) {
      return new ScaledExamples(rows, null);
    }
    int[] exponents = new int[rows.examples()];
    Arrays.setAll(exponents, e -> scan.ordinary[e] ? 0 : scan.exponent(e));
    int[] all = IntStream.range(0, exponents.length).toArray();
    return new ScaledExamples(scan.copy(all, exponents), exponents);
  }

  /**
   * Every row by its own power: for scores of rows.
   *
   * @param backend will compute with them
   * @param rows the examples
   * @return the same examples, one exponent a row
   */
  public static ScaledExamples eachRow(ComputeBackend backend, ExampleRows rows) {
    return new Scan(backend, rows).rowByRow();
  }

  /**
   * Examples to be summed, sorted by magnitude.
   *
   * @param backend will compute with them
   * @param rows the examples
   * @return the bands that there are, by exponent; of ordinary data one, of exponent 0
   */
  public static List<Band> bands(ComputeBackend backend, ExampleRows rows) {
    Scan scan = new Scan(backend, rows);
    int[] all = IntStream.range(0, rows.examples()).toArray();
    if (scan.nothingToScale()) {
      return List.of(new Band(0, rows, all));
    }
    int[] bands = new int[all.length];
    Arrays.setAll(bands, e -> scan.ordinary[e] ? 0 : scan.headroom.band(scan.exponent(e)));
    List<Band> out = new ArrayList<>();
    for (int band : new TreeSet<>(Arrays.stream(bands).boxed().toList())) {
      int[] some = Arrays.stream(all).filter(e -> bands[e] == band).toArray();
      int[] exponents = new int[all.length];
      Arrays.fill(exponents, band);
      out.add(new Band(band, scan.copy(some, exponents), some));
    }
    return out;
  }

  /** Looks at all rows of a batch. */
  private static final class Scan {
    private final ComputeBackend backend;
    private final ExampleRows rows;
    private final Precision precision;
    private final Headroom headroom;
    private final int[] left;
    private final int[] right;

    /** Of each example whether it is used as it is. */
    private final boolean[] ordinary;

    Scan(ComputeBackend backend, ExampleRows rows) {
      this.backend = backend;
      this.rows = rows;
      this.precision = backend.description().precision();
      this.headroom = Headroom.of(precision);
      this.left = Exponents.of(backend, rows.gradients());
      this.right = Exponents.of(backend, rows.activations());
      this.ordinary = new boolean[rows.examples()];
      for (int e = 0; e < ordinary.length; e++) {
        ordinary[e] = ordinary(e);
      }
    }

    boolean nothingToScale() {
      for (boolean one : ordinary) {
        if (!one) {
          return false;
        }
      }
      return true;
    }

    private boolean ordinary(int example) {
      int largest = Exponents.OF_ZERO;
      for (int r = rows.offsets()[example]; r < rows.offsets()[example + 1]; r++) {
        if (left[r] > headroom.row() || right[r] > headroom.row()) {
          return false;
        }
        largest = Math.max(largest, product(r));
      }
      return largest == Exponents.OF_ZERO
          || (largest >= headroom.least() && largest < headroom.most());
    }

    /** Of the largest product of an activation and an output gradient in a row. */
    private int product(int row) {
      boolean zero = left[row] == Exponents.OF_ZERO || right[row] == Exponents.OF_ZERO;
      return zero ? Exponents.OF_ZERO : left[row] + right[row];
    }

    /** The same in any row of an example; 0 if all are zeros. */
    int exponent(int example) {
      int largest = Exponents.OF_ZERO;
      for (int r = rows.offsets()[example]; r < rows.offsets()[example + 1]; r++) {
        largest = Math.max(largest, product(r));
      }
      return largest == Exponents.OF_ZERO ? 0 : largest;
    }

    /** Some examples, divided by powers of two; ordinary ones of exponent 0 as they are. */
    ExampleRows copy(int[] examples, int[] exponents) {
      int[] offsets = new int[examples.length + 1];
      for (int i = 0; i < examples.length; i++) {
        int length = rows.offsets()[examples[i] + 1] - rows.offsets()[examples[i]];
        offsets[i + 1] = offsets[i] + length;
      }
      Rows gradients = ScaledRows.onHost(backend, rows.gradients());
      Rows activations = ScaledRows.onHost(backend, rows.activations());
      int count = offsets[examples.length];
      ScaledRows.Copy a = new ScaledRows.Copy(precision, count, rows.inputs());
      ScaledRows.Copy s = new ScaledRows.Copy(precision, count, rows.outputs());
      for (int i = 0; i < examples.length; i++) {
        int e = examples[i];
        boolean asIs = ordinary[e] && exponents[e] == 0;
        for (int to = offsets[i]; to < offsets[i + 1]; to++) {
          int from = rows.offsets()[e] + to - offsets[i];
          if (asIs) {
            a.put(to, activations, from, 0);
            s.put(to, gradients, from, 0);
          } else if (product(from) != Exponents.OF_ZERO) {
            a.put(to, activations, from, -right[from]);
            s.put(to, gradients, from, right[from] - exponents[e]);
          }
        }
      }
      return new ExampleRows(a.rows(), s.rows(), offsets);
    }

    ScaledExamples rowByRow() {
      int[] exponents = new int[left.length];
      boolean any = false;
      for (int r = 0; r < exponents.length; r++) {
        exponents[r] = ordinaryRow(r) ? Exponents.OF_ZERO : product(r);
        any |= !ordinaryRow(r);
      }
      if (!any) {
        return new ScaledExamples(rows, null);
      }
      Rows gradients = ScaledRows.onHost(backend, rows.gradients());
      Rows activations = ScaledRows.onHost(backend, rows.activations());
      ScaledRows.Copy a = new ScaledRows.Copy(precision, exponents.length, rows.inputs());
      ScaledRows.Copy s = new ScaledRows.Copy(precision, exponents.length, rows.outputs());
      for (int r = 0; r < exponents.length; r++) {
        if (exponents[r] != Exponents.OF_ZERO) {
          a.put(r, activations, r, -right[r]);
          s.put(r, gradients, r, -left[r]);
        } else if (ordinaryRow(r)) {
          a.put(r, activations, r, 0);
          s.put(r, gradients, r, 0);
        }
        exponents[r] = exponents[r] == Exponents.OF_ZERO ? 0 : exponents[r];
      }
      return new ScaledExamples(new ExampleRows(a.rows(), s.rows(), rows.offsets()), exponents);
    }

    private boolean ordinaryRow(int row) {
      return ordinarySide(left[row]) && ordinarySide(right[row]);
    }

    private boolean ordinarySide(int exponent) {
      return exponent == Exponents.OF_ZERO || Math.abs(exponent) <= headroom.row();
    }
  }
}
