/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.spi.SymmetricEigen;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Float64 eigendecomposition of two equal activation covariances, counted as 9n³ each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class EigendecompositionBenchmark {
  /** Two matrices, one a thread. */
  @Benchmark
  public List<SymmetricEigen> eigendecomposition(LayerState layer, Work work) {
    work.add(2 * 9 * Math.pow(layer.inputs, 3));
    return layer.backend.eigendecompose(List.of(layer.covariance, layer.covariance));
  }
}
