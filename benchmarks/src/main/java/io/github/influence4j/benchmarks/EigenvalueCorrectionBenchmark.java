/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.spi.BackendTensor;
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

/** {@code Λ += Σ (Q_Sᵀ g Q_A)∘²}, counted as forming each gradient and rotating it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 5, time = 2)
public class EigenvalueCorrectionBenchmark {
  private BackendTensor sum;

  /** A sum of nothing. */
  @Setup
  public void setUp(LayerState state) {
    sum = state.layer.backend.accumulator(state.layer.outputs, state.layer.inputs);
  }

  /** One batch. */
  @Benchmark
  public void lambda(LayerState state, Work work) {
    Layer layer = state.layer;
    layer.backend.accumulateSquares(layer.rows, layer.rotation, layer.cost.rotateRowsBelow(), sum);
    work.add(layer.examples * layer.cost.rotateGradient(layer.rowsPerExample), state.peak);
  }

  /** Frees the sum. */
  @TearDown
  public void tearDown() {
    sum.close();
  }
}
