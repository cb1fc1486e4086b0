/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** {@code A += Σ a aᵀ} and {@code S += Σ ds dsᵀ}, counted as full products: 2T(M² + P²). */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class CovarianceBenchmark {
  private CovarianceAccumulator activations;
  private CovarianceAccumulator gradients;

  /** Empty accumulators. */
  @Setup
  public void setUp(LayerState layer) {
    activations = layer.backend.covariance(0, layer.inputs);
    gradients = layer.backend.covariance(0, layer.outputs);
  }

  /** One batch. */
  @Benchmark
  public void covariance(LayerState layer, Work work) {
    layer.backend.accumulateCovariances(
        List.of(
            new CovarianceUpdate(layer.rows.activations(), activations),
            new CovarianceUpdate(layer.rows.gradients(), gradients)));
    work.add(2 * layer.cost.covariance(layer.rowCount()));
  }

  /** Frees the accumulators. */
  @TearDown
  public void tearDown() {
    activations.close();
    gradients.close();
  }
}
