/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.capture.CounterRandom;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.planning.CostModel;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Precision;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import java.util.List;
import java.util.ServiceLoader;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One layer without bias, a batch of examples of it, and its fitted eigenbasis, on one backend. */
@State(Scope.Benchmark)
public class LayerState {
  /** The backend: ours, or its naive twin. */
  @Param({"cpu", "reference"})
  public String backendName = "cpu";

  /** Outputs x inputs x rows of an example x examples. */
  @Param({"128x257x1x256", "128x128x16x16"})
  public String shape = "128x257x1x256";

  /** Threads of the backend. */
  @Param("2")
  public int threads = 2;

  int outputs;
  int inputs;
  int rowsPerExample;
  int examples;
  ComputeBackend backend;
  ExampleRows rows;
  Rotation rotation;
  CostModel cost;
  double[] covariance;

  private BackendTensor activationVectors;
  private BackendTensor gradientVectors;

  /** Makes the data. */
  @Setup(Level.Trial)
  public void setUp() {
    String[] sizes = shape.split("x", -1);
    outputs = Integer.parseInt(sizes[0]);
    inputs = Integer.parseInt(sizes[1]);
    rowsPerExample = Integer.parseInt(sizes[2]);
    examples = Integer.parseInt(sizes[3]);
    cost = new CostModel(inputs, outputs, 1);
    backend = provider(backendName).create(new BackendOptions(Precision.F32, threads));
    int[] offsets = new int[examples + 1];
    for (int e = 1; e <= examples; e++) {
      offsets[e] = e * rowsPerExample;
    }
    rows = new ExampleRows(random(inputs, 1), random(outputs, 2), offsets);
    covariance = covariance(rows.activations());
    activationVectors = eigenvectors(inputs, covariance);
    gradientVectors = eigenvectors(outputs, covariance(rows.gradients()));
    rotation =
        new Rotation(
            new Basis(inputs, List.of(activationVectors)),
            new Basis(outputs, List.of(gradientVectors)));
  }

  private static BackendProvider provider(String name) {
    return ServiceLoader.load(BackendProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No backend " + name));
  }

  private Rows random(int columns, long seed) {
    int count = rowsPerExample * examples;
    TensorView data = TensorView.allocate(ElementType.F32, count, columns);
    for (int i = 0; i < data.elements(); i++) {
      data.set(i, CounterRandom.gaussian(seed, 0, i));
    }
    return new Rows(data, count, columns, columns, 0, false, null);
  }

  private double[] covariance(Rows side) {
    try (CovarianceAccumulator sum = backend.covariance(0, side.dimension())) {
      backend.accumulateCovariances(List.of(new CovarianceUpdate(side, sum)));
      return sum.sum(0);
    }
  }

  private BackendTensor eigenvectors(int dimension, double[] matrix) {
    double[] vectors = backend.eigendecompose(List.of(matrix)).get(0).vectors();
    return backend.upload(TensorView.of(vectors, dimension, dimension));
  }

  /** A tensor of standard normal numbers on the backend. */
  BackendTensor random(long seed, long... tensorShape) {
    TensorView data = TensorView.allocate(ElementType.F32, tensorShape);
    for (int i = 0; i < data.elements(); i++) {
      data.set(i, CounterRandom.gaussian(seed, 0, i));
    }
    return backend.upload(data);
  }

  double rowCount() {
    return (double) rowsPerExample * examples;
  }

  /** Frees everything. */
  @TearDown(Level.Trial)
  public void tearDown() {
    activationVectors.close();
    gradientVectors.close();
    backend.close();
  }
}
