/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.QueryFactors;
import java.util.List;
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

/** Scores of a batch: against eight queries, dense and of rank 32, and against itself. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 5, time = 2)
public class ScoreBenchmark {
  private static final int QUERIES = 8;
  private static final int RANK = 32;

  private QueryFactors dense;
  private QueryFactors lowRank;
  private BackendTensor weights;

  /** Random queries and weights. */
  @Setup
  public void setUp(LayerState state) {
    Layer layer = state.layer;
    dense = new QueryFactors.Dense(layer.normal(1, QUERIES, layer.outputs, layer.inputs));
    int rank = Math.min(RANK, Math.min(layer.outputs, layer.inputs));
    lowRank =
        new QueryFactors.LowRank(
            layer.normal(1, QUERIES, layer.outputs, rank),
            layer.normal(1, QUERIES, layer.inputs, rank),
            new double[QUERIES]);
    weights = layer.weights();
  }

  /** Dense queries, counted as forming each gradient once. */
  @Benchmark
  public double[] pairwise(LayerState state, Work work) {
    return score(state, dense, 0, work);
  }

  /** Truncated queries, counted like dense ones. */
  @Benchmark
  public double[] pairwiseRank32(LayerState state, Work work) {
    return score(state, lowRank, RANK, work);
  }

  private static double[] score(LayerState state, QueryFactors queries, int rank, Work work) {
    Layer layer = state.layer;
    work.add(
        layer.examples * layer.cost.scoreByGradient(layer.rowsPerExample, QUERIES), state.peak);
    int below = layer.cost.withoutGradientBelow(QUERIES, rank);
    return layer.backend.score(layer.rows, queries, below);
  }

  /** Each row's part of the scores. */
  @Benchmark
  public double[] perRow(LayerState state, Work work) {
    return scoreRows(state, dense, work);
  }

  /** The same against truncated queries, counted like dense ones. */
  @Benchmark
  public double[] perRowRank32(LayerState state, Work work) {
    return scoreRows(state, lowRank, work);
  }

  private static double[] scoreRows(LayerState state, QueryFactors queries, Work work) {
    Layer layer = state.layer;
    work.add(layer.examples * layer.cost.scoreByRows(layer.rowsPerExample, QUERIES), state.peak);
    return layer.backend.scoreRows(layer.rows, queries);
  }

  /** Self-influence, counted as forming each gradient and rotating it there and back. */
  @Benchmark
  public double[][] self(LayerState state, Work work) {
    Layer layer = state.layer;
    double each = layer.cost.rotateGradient(layer.rowsPerExample) + layer.cost.precondition();
    work.add(layer.examples * each, state.peak);
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
