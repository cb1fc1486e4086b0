/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.internal.planning.CostModel;
import io.github.influence4j.internal.range.Exponents;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The sum of the rotated gradients of all queries, in one group of a layer. */
final class QuerySum implements AutoCloseable {
  private final ComputeBackend backend;
  private final LoadedPart part;

  /** Of gradients of ordinary magnitude. */
  private BackendTensor sum;

  /**
   * Of others, by their exponents; on the heap, for the memory plan knows of one sum, and of a
   * second one for a moment.
   */
  private final NavigableMap<Integer, double[]> bands = new TreeMap<>();

  private int exponent;

  QuerySum(ComputeBackend backend, LoadedPart part) {
    this.backend = backend;
    this.part = part;
    sum = zeros();
  }

  private BackendTensor zeros() {
    CostModel model = part.layer().model();
    return backend.zeros(1, model.outputs(), model.inputs());
  }

  void add(ExampleRows rows) {
    for (ScaledExamples.Band some : ScaledExamples.bands(backend, rows)) {
      if (some.exponent() == 0) {
        add(some.rows(), sum);
        continue;
      }
      double[] before = bands.get(some.exponent());
      try (BackendTensor band =
          before == null ? zeros() : backend.upload(TensorView.of(before, sum.shape()))) {
        add(some.rows(), band);
        bands.put(some.exponent(), band.toDoubles());
      }
    }
  }

  private void add(ExampleRows rows, BackendTensor to) {
    int below = part.rotateRowsBelow();
    backend.accumulateGradients(rows, part.rotation(), below, new int[rows.examples()], to);
  }

  /** The sum divided by 2^{@link #exponent}, [1, P, M]; owned by this. */
  BackendTensor finish() {
    if (bands.isEmpty()) {
      return sum;
    }
    bands.put(0, sum.toDoubles());
    // In units of the largest, below which nothing needs to be told.
    int top = Exponents.OF_ZERO;
    for (Map.Entry<Integer, double[]> band : bands.entrySet()) {
      int own = Exponents.ofLargest(band.getValue());
      top = own == Exponents.OF_ZERO ? top : Math.max(top, own + band.getKey());
    }
    exponent = top == Exponents.OF_ZERO ? 0 : top;
    double[] total = new double[bands.firstEntry().getValue().length];
    for (Map.Entry<Integer, double[]> band : bands.entrySet()) {
      double[] more = Exponents.scale(band.getValue(), band.getKey() - exponent);
      for (int i = 0; i < total.length; i++) {
        total[i] += more[i];
      }
    }
    long[] shape = sum.shape();
    sum.close();
    sum = backend.upload(TensorView.of(total, shape));
    bands.clear();
    return sum;
  }

  /** After {@link #finish}. */
  int exponent() {
    return exponent;
  }

  @Override
  public void close() {
    sum.close();
  }
}
