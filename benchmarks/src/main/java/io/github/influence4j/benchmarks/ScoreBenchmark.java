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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Scores of a batch: against queries, dense and of rank 32, and against itself. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 5, time = 2)
public class ScoreBenchmark {
  private static final int RANK = 32;

  /** How many queries. */
  @Param("8")
  public int queries = 8;

  private QueryFactors dense;
  private QueryFactors lowRank;
  private BackendTensor weights;

  /** Random queries and weights. */
  @Setup
  public void setUp(LayerState state) {
    Layer layer = state.layer;
    dense = new QueryFactors.Dense(layer.normal(1, queries, layer.outputs, layer.inputs));
    int rank = Math.min(RANK, Math.min(layer.outputs, layer.inputs));
    lowRank =
        new QueryFactors.LowRank(
            layer.normal(1, queries, layer.outputs, rank),
            layer.normal(1, queries, layer.inputs, rank),
            new double[queries]);
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

  private double[] score(LayerState state, QueryFactors factors, int rank, Work work) {
    Layer layer = state.layer;
    work.add(
        layer.examples * layer.cost.scoreByGradient(layer.rowsPerExample, queries), state.peak);
    int below = layer.cost.withoutGradientBelow(queries, rank);
    return layer.backend.score(layer.rows, factors, below);
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

  private double[] scoreRows(LayerState state, QueryFactors factors, Work work) {
    Layer layer = state.layer;
    work.add(layer.examples * layer.cost.scoreByRows(layer.rowsPerExample, queries), state.peak);
    return layer.backend.scoreRows(layer.rows, factors);
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
