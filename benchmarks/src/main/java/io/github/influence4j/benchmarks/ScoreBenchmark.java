/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.QueryFactors;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Scores of a batch: against eight queries, dense and of rank 32, and against itself. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class ScoreBenchmark {
  private static final int QUERIES = 8;
  private static final int RANK = 32;

  private QueryFactors dense;
  private QueryFactors lowRank;
  private BackendTensor weights;

  /** Random queries and weights. */
  @Setup
  public void setUp(LayerState layer) {
    dense = new QueryFactors.Dense(layer.random(3, QUERIES, layer.outputs, layer.inputs));
    lowRank =
        new QueryFactors.LowRank(
            layer.random(4, QUERIES, layer.outputs, RANK),
            layer.random(5, QUERIES, layer.inputs, RANK),
            new double[QUERIES]);
    weights = layer.random(6, layer.outputs, layer.inputs);
  }

  /** Dense queries, counted as forming each gradient once. */
  @Benchmark
  public double[] pairwise(LayerState layer, Work work) {
    work.add(layer.examples * layer.cost.scoreByGradient(layer.rowsPerExample, QUERIES));
    return layer.backend.score(layer.rows, dense, layer.cost.withoutGradientBelow(QUERIES, 0));
  }

  /** Truncated queries, counted like dense ones. */
  @Benchmark
  public double[] pairwiseRank32(LayerState layer, Work work) {
    work.add(layer.examples * layer.cost.scoreByGradient(layer.rowsPerExample, QUERIES));
    return layer.backend.score(layer.rows, lowRank, layer.cost.withoutGradientBelow(QUERIES, RANK));
  }

  /** Each row's part of the scores, counted as dense. */
  @Benchmark
  public double[] perRow(LayerState layer, Work work) {
    work.add(layer.examples * layer.cost.scoreByRows(layer.rowsPerExample, QUERIES));
    return layer.backend.scoreRows(layer.rows, dense);
  }

  /** Self-influence, counted as forming each gradient and rotating it. */
  @Benchmark
  public double[][] self(LayerState layer, Work work) {
    work.add(layer.examples * layer.cost.rotateGradient(layer.rowsPerExample));
    return layer.backend.weightedSquares(
        layer.rows, layer.rotation, layer.cost.rotateRowsBelow(), List.of(weights));
  }

  /** Frees the tensors. */
  @TearDown
  public void tearDown() {
    dense.close();
    lowRank.close();
    weights.close();
  }
}
