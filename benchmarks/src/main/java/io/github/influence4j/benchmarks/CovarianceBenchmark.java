/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.Rows;
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

/** {@code C += Σ x xᵀ} of one side of a layer, counted as a full product: 2Td². */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 5, time = 2)
public class CovarianceBenchmark {
  private CovarianceAccumulator activations;
  private CovarianceAccumulator gradients;

  /** Empty accumulators. */
  @Setup
  public void setUp(LayerState state) {
    activations = state.layer.backend.covariance(0, state.layer.inputs);
    gradients = state.layer.backend.covariance(0, state.layer.outputs);
  }

  /** d = M. */
  @Benchmark
  public void activations(LayerState state, Work work) {
    add(state, state.layer.rows.activations(), activations, work);
  }

  /** d = P. */
  @Benchmark
  public void gradients(LayerState state, Work work) {
    add(state, state.layer.rows.gradients(), gradients, work);
  }

  private static void add(LayerState state, Rows rows, CovarianceAccumulator sum, Work work) {
    state.layer.backend.accumulateCovariances(List.of(new CovarianceUpdate(rows, sum)));
    work.add(2.0 * rows.rows() * rows.dimension() * rows.dimension(), state.peak);
  }

  /** Frees the accumulators. */
  @TearDown
  public void tearDown() {
    activations.close();
    gradients.close();
  }
}
