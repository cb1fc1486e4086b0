/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Truncation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Eight queries from the eigenbasis to preconditioned gradients, dense and of rank 32. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class PreconditionBenchmark {
  private static final int QUERIES = 8;
  private static final Truncation RANK_32 = new Truncation(32, true, 0);

  private BackendTensor rotated;
  private BackendTensor weights;

  /** Random queries and weights. */
  @Setup
  public void setUp(LayerState layer) {
    rotated = layer.random(3, QUERIES, layer.outputs, layer.inputs);
    weights = layer.random(4, layer.outputs, layer.inputs);
  }

  /** Dense. */
  @Benchmark
  public void dense(LayerState layer, Work work) {
    try (QueryFactors queries = layer.backend.precondition(rotated, weights, layer.rotation)) {
      work.add(queries.queries() * layer.cost.precondition());
    }
  }

  /** Truncated; counted like the dense ones. */
  @Benchmark
  public void rank32(LayerState layer, Work work) {
    try (QueryFactors queries =
        layer.backend.preconditionLowRank(rotated, weights, layer.rotation, RANK_32)) {
      work.add(queries.queries() * layer.cost.precondition());
    }
  }

  /** Frees the tensors. */
  @TearDown
  public void tearDown() {
    rotated.close();
    weights.close();
  }
}
