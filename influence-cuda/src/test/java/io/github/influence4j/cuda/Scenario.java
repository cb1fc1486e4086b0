/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.Releases;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.spi.TopScores;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.spi.Unfolder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/** Every operation of a backend, on one small layer, with everything that it returns. */
final class Scenario {
  private static final int OUTPUTS = 5;
  private static final int INPUTS = 6;
  private static final int[] OFFSETS = {0, 1, 4, 12};

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final List<double[]> results = new ArrayList<>();
  private final Random random;

  private Scenario(long seed) {
    this.random = new Random(seed);
  }

  static void assumeAvailable() {
    Availability availability = CudaProbe.availability(List.of());
    boolean required = "cuda".equals(System.getProperty("influence4j.test.requireBackend"));
    if (StandIns.real() && !required) {
      assumeTrue(availability.available(), availability.detail());
    }
    // The stand-ins are always there: skipping would hide that they are broken.
    assertThat(availability.available()).as(availability.detail()).isTrue();
  }

  static ComputeBackend backend(Precision precision, Tuning tuning) {
    return CudaBackendProvider.create(BackendOptions.of(precision, 1), tuning);
  }

  /**
   * Runs.
   *
   * @return the numbers, which depend on the seed, the precision and the tuning alone
   */
  static List<double[]> run(ComputeBackend backend, long seed) {
    Scenario scenario = new Scenario(seed);
    try {
      scenario.run(backend);
    } finally {
      scenario.close();
    }
    return scenario.results;
  }

  /** Closes what was made, whatever each says; the first failure is thrown at the end. */
  private void close() {
    Releases releases = new Releases();
    while (!open.isEmpty()) {
      AutoCloseable resource = open.pop();
      releases.run(
          () -> {
            try {
              resource.close();
            } catch (RuntimeException e) {
              throw e;
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
    }
    releases.rethrow();
  }

  private <T extends AutoCloseable> T keep(T resource) {
    open.push(resource);
    return resource;
  }

  private double[] gaussians(int count) {
    double[] values = new double[count];
    Arrays.setAll(values, i -> random.nextGaussian());
    return values;
  }

  private BackendTensor tensor(ComputeBackend backend, long... shape) {
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    return keep(backend.upload(TensorView.of(gaussians(count), shape)));
  }

  private Rows rows(int columns, boolean homogeneous) {
    int count = OFFSETS[OFFSETS.length - 1];
    TensorView data = TensorView.of(gaussians(count * columns), count, columns);
    return new Rows(data, count, columns, columns, 0, homogeneous, null);
  }

  private Rotation rotation(ComputeBackend backend) {
    Basis a = new Basis(INPUTS, List.of(tensor(backend, 4, 4), tensor(backend, 2, 2)));
    Basis s = new Basis(OUTPUTS, List.of(tensor(backend, OUTPUTS, OUTPUTS)));
    return new Rotation(a, s);
  }

  private void run(ComputeBackend backend) {
    ExampleRows rows = new ExampleRows(rows(INPUTS - 1, true), rows(OUTPUTS, false), OFFSETS);
    results.add(
        new double[] {
          backend.workBytes(INPUTS, OUTPUTS, new Truncation(2, true, 7)),
          backend.eigendecompositionBytes(INPUTS)
        });
    fit(backend, rows);
    Rotation rotation = rotation(backend);
    BackendTensor weights = tensor(backend, OUTPUTS, INPUTS);
    BackendTensor sum = keep(backend.accumulator(OUTPUTS, INPUTS));
    backend.accumulateSquares(rows, rotation, 4, sum);
    results.add(sum.toDoubles());
    results.addAll(List.of(backend.weightedSquares(rows, rotation, 4, List.of(weights, weights))));
    BackendTensor gradients = keep(backend.zeros(2, OUTPUTS, INPUTS));
    backend.accumulateGradients(rows, rotation, 4, new int[] {1, -1, 0}, gradients);
    BackendTensor both = keep(backend.concatenate(List.of(gradients, gradients)));
    results.add(both.toDoubles());
    QueryFactors.Dense dense = keep(backend.precondition(gradients, weights, rotation));
    score(backend, rows, dense);
    select(backend, rows, dense);
    for (boolean randomised : new boolean[] {false, true}) {
      Truncation truncation = new Truncation(2, randomised, 7);
      QueryFactors.LowRank low =
          keep(backend.preconditionLowRank(gradients, weights, rotation, truncation));
      results.add(low.residuals());
      score(backend, rows, low);
    }
    unfold(backend);
  }

  /** Into memory that has to grow. */
  private void unfold(ComputeBackend backend) {
    Unfolder unfolder = keep(backend.unfolder());
    for (int images : new int[] {1, 3}) {
      TensorView input = TensorView.of(gaussians(images * 2 * 9), images, 2, 3, 3);
      TensorView rows = unfolder.unfold(Conv2d.of(2, 1, 2).withPadding(1), input);
      results.add(backend.toHost(rows).toDoubles());
    }
  }

  private void fit(ComputeBackend backend, ExampleRows rows) {
    CovarianceAccumulator covariance = keep(backend.covariance(0, 4, INPUTS));
    backend.accumulateCovariances(List.of(new CovarianceUpdate(rows.activations(), covariance)));
    List<double[]> sums = List.of(covariance.sum(0), covariance.sum(1), covariance.sum(1));
    results.addAll(sums);
    List<SymmetricEigen> decomposed = backend.eigendecompose(sums);
    decomposed.forEach(this::keep);
    for (SymmetricEigen eigen : decomposed) {
      results.add(eigen.values());
      results.add(eigen.vectors().toDoubles());
    }
  }

  private void select(ComputeBackend backend, ExampleRows rows, QueryFactors queries) {
    TopScores top = keep(backend.topScores(queries.queries(), 2).orElseThrow());
    for (int batch = 0; batch < 2; batch++) {
      top.add(List.of(rows), List.of(queries), new int[] {4});
      top.add(List.of(rows), List.of(queries), new int[] {0});
      top.offer(3L * batch);
    }
    for (int q = 0; q < queries.queries(); q++) {
      results.add(top.kept(q).stream().mapToDouble(TopScores.Entry::example).toArray());
      results.add(top.kept(q).stream().mapToDouble(TopScores.Entry::score).toArray());
    }
  }

  private void score(ComputeBackend backend, ExampleRows rows, QueryFactors queries) {
    results.add(backend.score(rows, queries, 4));
    results.add(backend.scoreRows(rows, queries));
  }
}
