/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.cpu.memory.Isa;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.Truncation;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the contract does not ask: shapes with tails, and instruction sets. */
final class CpuShapesTest extends CpuOperations {
  @ParameterizedTest
  @CsvSource({"1,1", "3,7", "17,33", "65,40", "100,1500"})
  void covariance(int columns, int count) {
    Rows rows = rows(count, columns, true, true);
    int middle = columns / 2 + 1;
    check(
        backend -> {
          try (CovarianceAccumulator full = backend.covariance(0, columns + 1);
              CovarianceAccumulator blocks = backend.covariance(0, middle, columns + 1)) {
            backend.accumulateCovariances(
                List.of(new CovarianceUpdate(rows, full), new CovarianceUpdate(rows, blocks)));
            return concatenate(full.sum(0), blocks.sum(0), blocks.sum(1));
          }
        });
  }

  @ParameterizedTest
  @CsvSource({"5,4", "33,17", "64,100", "31,129"})
  void gradientsInTheEigenbasis(int outputs, int inputs) {
    ExampleRows rows = examples(outputs, inputs, true, 1, 1, 7, 0, 1, 16, 3, 450, 1, 8);
    int half = (inputs + 1) / 2;
    List<double[]> activations = vectors(half, inputs - half);
    List<double[]> gradients = vectors(outputs);
    double[] weights = random.doubles(2L * outputs * inputs, 0.1, 2).toArray();
    for (int below : new int[] {0, 8, 1000}) {
      check(
          backend -> {
            Rotation rotation =
                new Rotation(basis(backend, activations), basis(backend, gradients));
            return gradientOperations(backend, rows, rotation, below, weights);
          });
    }
    check(
        backend ->
            gradientOperations(backend, rows, Rotation.identity(outputs, inputs), 8, weights));
  }

  private static double[] gradientOperations(
      ComputeBackend backend, ExampleRows rows, Rotation rotation, int below, double[] weights) {
    int p = rows.outputs();
    int m = rows.inputs();
    BackendTensor sum = backend.accumulator(p, m);
    backend.accumulateSquares(rows, rotation, below, sum);
    backend.accumulateSquares(rows, rotation, below, sum);
    BackendTensor first = backend.upload(TensorView.of(Arrays.copyOf(weights, p * m), p, m));
    BackendTensor second =
        backend.upload(TensorView.of(Arrays.copyOfRange(weights, p * m, 2 * p * m), p, m));
    double[][] self = backend.weightedSquares(rows, rotation, below, List.of(first, second));
    BackendTensor gradients = backend.zeros(3, p, m);
    int[] targets = {0, 1, 2, 0, -1, 1, 0, 2, 2, -1};
    backend.accumulateGradients(rows, rotation, below, targets, gradients);
    QueryFactors.Dense dense = backend.precondition(gradients, first, rotation);
    return concatenate(
        sum.toDoubles(),
        self[0],
        self[1],
        gradients.toDoubles(),
        dense.values().toDoubles(),
        backend.score(rows, dense, 0),
        backend.score(rows, dense, 8),
        backend.score(rows, dense, 1000),
        backend.scoreRows(rows, dense));
  }

  @ParameterizedTest
  @CsvSource({"40,30,5,true", "40,30,29,true", "12,70,11,false", "300,20,3,true"})
  void lowRank(int outputs, int inputs, int rank, boolean randomised) {
    double[] left = normals(4 * outputs * 2);
    double[] right = normals(4 * inputs * 2);
    double[] values = new double[4 * outputs * inputs];
    for (int q = 0; q < 3; q++) {
      for (int i = 0; i < outputs; i++) {
        for (int j = 0; j < inputs; j++) {
          for (int r = 0; r < 2; r++) {
            values[(q * outputs + i) * inputs + j] +=
                left[(q * outputs + i) * 2 + r] * right[(q * inputs + j) * 2 + r];
          }
        }
      }
    }
    double[] ones = new double[outputs * inputs];
    Arrays.fill(ones, 1);
    List<double[]> activations = vectors(inputs);
    List<double[]> gradients = vectors(outputs - 1, 1);
    ExampleRows rows = examples(outputs, inputs, false, 1, 5, 300);
    for (boolean truncated : new boolean[] {true, false}) {
      check(
          backend -> {
            Rotation rotation =
                new Rotation(basis(backend, activations), basis(backend, gradients));
            BackendTensor rotated = backend.upload(TensorView.of(values, 4, outputs, inputs));
            BackendTensor weights = backend.upload(TensorView.of(ones, outputs, inputs));
            boolean exact = backend.description().name().equals("reference") || !truncated;
            QueryFactors queries =
                exact
                    ? backend.precondition(rotated, weights, rotation)
                    : backend.preconditionLowRank(
                        rotated, weights, rotation, new Truncation(rank, randomised, 5));
            if (queries instanceof QueryFactors.LowRank low) {
              assertThat(low.residuals()).hasSize(4);
              assertThat(Arrays.stream(low.residuals()).max().orElseThrow()).isLessThan(1e-5);
              assertThat(low.residuals()[3]).isZero();
            }
            return concatenate(
                backend.score(rows, queries, 0),
                backend.score(rows, queries, 6),
                backend.scoreRows(rows, queries));
          });
    }
  }

  @Test
  void eigendecompositionRebuildsTheMatrix() {
    int n = 37;
    double[] a = normals(n * n);
    try (ComputeBackend backend = cpu(Precision.F64, 2)) {
      var eigen = backend.eigendecompose(List.of(new double[] {4}, a)).get(1);
      double[] vectors = eigen.vectors().toDoubles();
      assertThat(backend.eigendecompose(List.of())).isEmpty();
      double[] rebuilt = new double[n * n];
      double[] symmetric = new double[n * n];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          symmetric[i * n + j] = 0.5 * (a[i * n + j] + a[j * n + i]);
          for (int k = 0; k < n; k++) {
            rebuilt[i * n + j] += vectors[i * n + k] * eigen.values()[k] * vectors[j * n + k];
          }
        }
      }
      assertClose(rebuilt, symmetric, 1e-13);
      assertThat(eigen.values()).isSorted();
    }
  }

  @ParameterizedTest
  @CsvSource({"baseline", "avx2", "avx512"})
  void instructionSetsAgree(String isa) {
    ExampleRows rows = examples(33, 50, true, 5, 1, 200);
    System.setProperty(Isa.PROPERTY, isa);
    try {
      check(
          backend ->
              gradientOperations(
                  backend,
                  new ExampleRows(rows.activations(), rows.gradients(), new int[] {0, 5, 6, 206}),
                  Rotation.identity(33, 50),
                  8,
                  weights(33 * 50)));
      try (ComputeBackend backend = cpu(Precision.F32, 1)) {
        assertThat(backend.description().device()).isIn("SSE2", "AVX2", "AVX-512");
      }
    } finally {
      System.clearProperty(Isa.PROPERTY);
    }
  }

  @Test
  void anUnknownInstructionSetIsRefused() {
    cpu(Precision.F32, 1).close(); // the first of a JVM would say that the natives do not load
    System.setProperty(Isa.PROPERTY, "mmx");
    try {
      assertThatThrownBy(() -> cpu(Precision.F32, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("baseline, avx2 or avx512");
    } finally {
      System.clearProperty(Isa.PROPERTY);
    }
  }
}
