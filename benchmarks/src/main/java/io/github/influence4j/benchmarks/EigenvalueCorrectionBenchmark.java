/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.spi.BackendTensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** {@code Λ += Σ (Q_Sᵀ g Q_A)∘²}, counted as forming each gradient and rotating it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class EigenvalueCorrectionBenchmark {
  private BackendTensor sum;

  /** A sum of nothing. */
  @Setup
  public void setUp(LayerState layer) {
    sum = layer.backend.accumulator(layer.outputs, layer.inputs);
  }

  /** One batch. */
  @Benchmark
  public void lambda(LayerState layer, Work work) {
    layer.backend.accumulateSquares(layer.rows, layer.rotation, layer.cost.rotateRowsBelow(), sum);
    work.add(layer.examples * layer.cost.rotateGradient(layer.rowsPerExample));
  }

  /** Frees the sum. */
  @TearDown
  public void tearDown() {
    sum.close();
  }
}
