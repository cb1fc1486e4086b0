/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.QueryFactors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Preconditioned queries of one group of a layer, divided by powers of two.
 *
 * @param factors what to dot with; owned
 * @param exponents query factor q is 2^exponents[q] times {@code factors}
 */
record ScaledQueries(QueryFactors factors, int[] exponents) implements AutoCloseable {

  /** One after the other; they are closed, unless there is but one. */
  static ScaledQueries join(ComputeBackend backend, List<ScaledQueries> all) {
    if (all.size() == 1) {
      return all.get(0);
    }
    QueryFactors joined = stack(backend, all.stream().map(ScaledQueries::factors).toList());
    all.forEach(ScaledQueries::close);
    return new ScaledQueries(
        joined, all.stream().flatMapToInt(some -> Arrays.stream(some.exponents())).toArray());
  }

  private static QueryFactors stack(ComputeBackend backend, List<QueryFactors> parts) {
    List<BackendTensor> left = new ArrayList<>();
    List<BackendTensor> right = new ArrayList<>();
    List<double[]> residuals = new ArrayList<>();
    for (QueryFactors part : parts) {
      if (part instanceof QueryFactors.LowRank factors) {
        left.add(factors.left());
        right.add(factors.right());
        residuals.add(factors.residuals());
      } else {
        left.add(((QueryFactors.Dense) part).values());
      }
    }
    if (right.isEmpty()) {
      return new QueryFactors.Dense(backend.concatenate(left));
    }
    BackendTensor lefts = backend.concatenate(left);
    double[] all = residuals.stream().flatMapToDouble(Arrays::stream).toArray();
    try {
      return new QueryFactors.LowRank(lefts, backend.concatenate(right), all);
    } catch (RuntimeException | Error failure) {
      lefts.close();
      throw failure;
    }
  }

  /** Whether nothing is divided. */
  boolean unscaled() {
    for (int exponent : exponents) {
      if (exponent != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    factors.close();
  }
}
