/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.QueryFactors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Preconditioned queries of some layers, ready to be dotted with training gradients. Query factor
 * number {@code d·count + q} is query q under damping d.
 *
 * @param count queries
 * @param layers for each layer, for each group
 */
record PreparedQueries(int count, List<List<ScaledQueries>> layers) implements AutoCloseable {

  /** One group's queries, batch by batch: {@code chunks.get(d)} are those of damping d. */
  static ScaledQueries join(ComputeBackend backend, List<List<ScaledQueries>> chunks) {
    List<ScaledQueries> all = chunks.stream().flatMap(List::stream).toList();
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

  /** Largest relative residual of a layer's groups, for query factor number {@code index}. */
  double residual(int layer, int index) {
    return layers.get(layer).stream()
        .mapToDouble(
            part -> part.factors() instanceof QueryFactors.LowRank low ? low.residuals()[index] : 0)
        .max()
        .orElse(0);
  }

  /** The largest of all query factors of a layer. */
  double largestResidual(int layer) {
    int factors = layers.get(layer).get(0).factors().queries();
    return IntStream.range(0, factors).mapToDouble(i -> residual(layer, i)).max().orElse(0);
  }

  /** Whether no query of any layer is divided by a power of two. */
  boolean unscaled() {
    return layers.stream().flatMap(List::stream).allMatch(ScaledQueries::unscaled);
  }

  @Override
  public void close() {
    layers.forEach(parts -> parts.forEach(ScaledQueries::close));
  }
}
