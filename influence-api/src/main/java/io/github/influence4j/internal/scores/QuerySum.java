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

  /** By the exponents of the gradients that were added to each. */
  private final NavigableMap<Integer, BackendTensor> bands = new TreeMap<>();

  private int exponent;

  QuerySum(ComputeBackend backend, LoadedPart part) {
    this.backend = backend;
    this.part = part;
    band(0);
  }

  private BackendTensor band(int key) {
    CostModel model = part.layer().model();
    return bands.computeIfAbsent(key, e -> backend.zeros(1, model.outputs(), model.inputs()));
  }

  void add(ExampleRows rows) {
    int below = part.rotateRowsBelow();
    for (ScaledExamples.Band some : ScaledExamples.bands(backend, rows)) {
      backend.accumulateGradients(
          some.rows(),
          part.rotation(),
          below,
          new int[some.rows().examples()],
          band(some.exponent()));
    }
  }

  /** The sum divided by 2^{@link #exponent}, [1, P, M]; owned by this. */
  BackendTensor finish() {
    BackendTensor ordinary = band(0);
    if (bands.size() == 1) {
      return ordinary;
    }
    // In units of the largest, below which nothing needs to be told.
    int top = Exponents.OF_ZERO;
    for (Map.Entry<Integer, BackendTensor> band : bands.entrySet()) {
      int own = Exponents.ofLargest(band.getValue().toDoubles());
      top = own == Exponents.OF_ZERO ? top : Math.max(top, own + band.getKey());
    }
    exponent = top == Exponents.OF_ZERO ? 0 : top;
    long[] shape = ordinary.shape();
    double[] sum = new double[(int) (shape[1] * shape[2])];
    for (Map.Entry<Integer, BackendTensor> band : bands.entrySet()) {
      double[] more = Exponents.scale(band.getValue().toDoubles(), band.getKey() - exponent);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += more[i];
      }
    }
    close();
    bands.clear();
    BackendTensor joined = backend.upload(TensorView.of(sum, shape));
    bands.put(0, joined);
    return joined;
  }

  /** After {@link #finish}. */
  int exponent() {
    return exponent;
  }

  @Override
  public void close() {
    bands.values().forEach(BackendTensor::close);
  }
}
