/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.SymmetricEigen;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
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

/**
 * Float64 eigendecomposition of equal covariances with a power law's spectrum, counted as 9n³ each;
 * the peak is that of float64.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 5, time = 2)
public class EigendecompositionBenchmark {
  /** The backend. */
  @Param("cpu")
  public String backendName = "cpu";

  /** Dimension. */
  @Param({"512", "768", "1024", "3072"})
  public int dimension = 512;

  /** How many equal matrices. */
  @Param({"1", "4"})
  public int matrices = 1;

  /** Threads of the backend. */
  @Param("2")
  public int threads = 2;

  private ComputeBackend backend;
  private double[] covariance;
  private double peak = Double.NaN;

  /** Makes the covariance. */
  @Setup
  public void setUp() {
    backend = LayerState.create(backendName, threads);
    SplittableRandom random = new SplittableRandom(17);
    int count = 2 * dimension;
    TensorView data = TensorView.allocate(ElementType.F32, count, dimension);
    for (int i = 0; i < data.elements(); i++) {
      data.set(i, random.nextGaussian() / Math.sqrt((1.0 + i % dimension) * count));
    }
    Rows rows = new Rows(data, count, dimension, dimension, 0, false, null);
    try (CovarianceAccumulator sum = backend.covariance(0, dimension)) {
      backend.accumulateCovariances(List.of(new CovarianceUpdate(rows, sum)));
      covariance = sum.sum(0);
    }
  }

  /** Measures what the machine's GEMM does now. */
  @Setup
  public void measurePeak() {
    peak = GemmPeak.measure(Precision.F64, threads);
  }

  /** All at once. */
  @Benchmark
  public List<SymmetricEigen> eigendecomposition(Work work) {
    work.add(matrices * 9 * Math.pow(dimension, 3), peak);
    List<SymmetricEigen> results =
        backend.eigendecompose(Collections.nCopies(matrices, covariance));
    results.forEach(SymmetricEigen::close);
    return results;
  }

  /** Frees the backend. */
  @TearDown
  public void tearDown() {
    backend.close();
  }
}
