/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Truncation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Captured rows of eight queries to preconditioned gradients, dense and of rank 32. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 5, time = 2)
public class PreconditionBenchmark {
  private static final int QUERIES = 8;
  private static final Truncation RANK_32 = new Truncation(32, true, 0);

  private ExampleRows rows;
  private BackendTensor weights;
  private final int[] targets = new int[QUERIES];

  /** The first eight examples are the queries. */
  @Setup
  public void setUp(LayerState state) {
    rows = state.layer.first(QUERIES);
    weights = state.layer.weights();
    for (int q = 0; q < QUERIES; q++) {
      targets[q] = q;
    }
  }

  /** Counted as forming each gradient and rotating it there and back. */
  @Benchmark
  public void dense(LayerState state, Work work) {
    Layer layer = state.layer;
    try (BackendTensor rotated = rotated(layer);
        QueryFactors queries = layer.backend.precondition(rotated, weights, layer.rotation)) {
      work.add(naive(layer, queries), state.peak);
    }
  }

  /** Truncated where the layer is large enough; counted like the dense ones. */
  @Benchmark
  public void rank32(LayerState state, Work work) {
    Layer layer = state.layer;
    if (!layer.cost.truncates(RANK_32.rank())) {
      dense(state, work);
      return;
    }
    try (BackendTensor rotated = rotated(layer);
        QueryFactors queries =
            layer.backend.preconditionLowRank(rotated, weights, layer.rotation, RANK_32)) {
      work.add(naive(layer, queries), state.peak);
    }
  }

  private BackendTensor rotated(Layer layer) {
    BackendTensor rotated = layer.backend.zeros(QUERIES, layer.outputs, layer.inputs);
    layer.backend.accumulateGradients(
        rows, layer.rotation, layer.cost.rotateRowsBelow(), targets, rotated);
    return rotated;
  }

  private static double naive(Layer layer, QueryFactors queries) {
    double each = layer.cost.rotateGradient(layer.rowsPerExample) + layer.cost.precondition();
    return queries.queries() * each;
  }

  /** Frees the weights. */
  @TearDown
  public void tearDown() {
    weights.close();
  }
}
