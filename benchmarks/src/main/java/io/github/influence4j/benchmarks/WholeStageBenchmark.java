/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.spi.Truncation;
import java.util.ArrayList;
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

/**
 * The arithmetic of whole stages on the layers of the network 64-256-128-10 (W1): 1,437 training
 * examples of one row in one batch, 128 queries.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 5, time = 2)
public class WholeStageBenchmark {
  private static final List<String> SHAPES =
      List.of("256x64+1x1x1437", "128x256+1x1x1437", "10x128+1x1x1437");
  private static final int QUERIES = 128;
  private static final Truncation RANK_32 = new Truncation(32, true, 0);

  /** The backend. */
  @Param("cpu")
  public String backendName = "cpu";

  /** Threads of the backend. */
  @Param("2")
  public int threads = 2;

  private ComputeBackend backend;
  private final List<Layer> layers = new ArrayList<>();
  private final List<BackendTensor> weights = new ArrayList<>();
  private final List<double[]> covariances = new ArrayList<>();
  private final int[] targets = new int[QUERIES];

  /** Makes the data. */
  @Setup
  public void setUp() {
    backend = LayerState.create(backendName, threads);
    for (String shape : SHAPES) {
      Layer layer = new Layer(backend, shape);
      layers.add(layer);
      weights.add(layer.weights());
    }
    for (int q = 0; q < QUERIES; q++) {
      targets[q] = q;
    }
    covariances.addAll(covariance());
  }

  /** Both covariances of each layer. */
  @Benchmark
  public List<double[]> covariance() {
    List<CovarianceUpdate> updates = new ArrayList<>();
    for (Layer layer : layers) {
      CovarianceAccumulator a = backend.covariance(0, layer.inputs);
      CovarianceAccumulator s = backend.covariance(0, layer.outputs);
      updates.add(new CovarianceUpdate(layer.rows.activations(), a));
      updates.add(new CovarianceUpdate(layer.rows.gradients(), s));
    }
    backend.accumulateCovariances(updates);
    List<double[]> sums = new ArrayList<>();
    for (CovarianceUpdate update : updates) {
      sums.add(update.target().sum(0));
      update.target().close();
    }
    return sums;
  }

  /** Their eigendecompositions. */
  @Benchmark
  public List<SymmetricEigen> eigen() {
    List<SymmetricEigen> results = backend.eigendecompose(covariances);
    results.forEach(SymmetricEigen::close);
    return results;
  }

  /** The eigenvalue correction. */
  @Benchmark
  public void lambda() {
    for (Layer layer : layers) {
      try (BackendTensor sum = backend.accumulator(layer.outputs, layer.inputs)) {
        backend.accumulateSquares(layer.rows, layer.rotation, layer.cost.rotateRowsBelow(), sum);
      }
    }
  }

  /** Preconditioning dense queries, then all scores. */
  @Benchmark
  public double pairwise() {
    return scores(false);
  }

  /** The same with queries of rank 32 where the layer is large enough. */
  @Benchmark
  public double rank32() {
    return scores(true);
  }

  private double scores(boolean truncated) {
    double sum = 0;
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      boolean lowRank = truncated && layer.cost.truncates(RANK_32.rank());
      int below = layer.cost.withoutGradientBelow(QUERIES, lowRank ? RANK_32.rank() : 0);
      try (BackendTensor rotated = rotated(layer);
          QueryFactors queries =
              lowRank
                  ? backend.preconditionLowRank(rotated, weights.get(i), layer.rotation, RANK_32)
                  : backend.precondition(rotated, weights.get(i), layer.rotation)) {
        sum += backend.score(layer.rows, queries, below)[0];
      }
    }
    return sum;
  }

  private BackendTensor rotated(Layer layer) {
    BackendTensor rotated = backend.zeros(QUERIES, layer.outputs, layer.inputs);
    ExampleRows rows = layer.first(QUERIES);
    int below = layer.cost.rotateRowsBelow();
    backend.accumulateGradients(rows, layer.rotation, below, targets, rotated);
    return rotated;
  }

  /** Self-influence of the training examples. */
  @Benchmark
  public double self() {
    double sum = 0;
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      int below = layer.cost.rotateRowsBelow();
      List<BackendTensor> inverse = List.of(weights.get(i));
      sum += backend.weightedSquares(layer.rows, layer.rotation, below, inverse)[0][0];
    }
    return sum;
  }

  /** Frees everything. */
  @TearDown
  public void tearDown() {
    weights.forEach(BackendTensor::close);
    layers.forEach(Layer::close);
    backend.close();
  }
}
