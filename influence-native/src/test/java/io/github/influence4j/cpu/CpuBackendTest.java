/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.cpu.memory.Isa;
import io.github.influence4j.cpu.memory.WorkerPool;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.Truncation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the contract test does not ask: threads, instruction sets, memory, and shapes with tails.
 */
class CpuBackendTest {
  private final Random random = new Random(7);

  private static ComputeBackend cpu(Precision precision, int threads) {
    return new CpuBackendProvider().create(BackendOptions.of(precision, threads));
  }

  private static ComputeBackend reference() {
    for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
      if (provider.name().equals("reference")) {
        return provider.create(BackendOptions.of(Precision.F64, 1));
      }
    }
    throw new AssertionError("no reference backend");
  }

  private double[] normals(int count) {
    return random.doubles(count, -1, 1).toArray();
  }

  /** Rows inside a larger tensor, every second one used through an index. */
  private Rows rows(int rows, int columns, boolean homogeneous, boolean indexed) {
    int stored = indexed ? 2 * rows : rows;
    int stride = columns + 3;
    TensorView data = TensorView.allocate(ElementType.F64, stored, stride);
    for (int i = 0; i < data.elements(); i++) {
      data.set(i, (float) (2 * random.nextDouble() - 1));
    }
    int[] index = indexed ? new int[rows] : null;
    for (int r = 0; indexed && r < rows; r++) {
      index[r] = 2 * r + 1;
    }
    return new Rows(data, rows, columns, stride, 2, homogeneous, index);
  }

  private ExampleRows examples(int outputs, int inputs, boolean homogeneous, int... lengths) {
    int[] offsets = new int[lengths.length + 1];
    for (int e = 0; e < lengths.length; e++) {
      offsets[e + 1] = offsets[e] + lengths[e];
    }
    int count = offsets[lengths.length];
    int stored = homogeneous ? inputs - 1 : inputs;
    return new ExampleRows(
        rows(count, stored, homogeneous, true), rows(count, outputs, false, false), offsets);
  }

  /** Orthonormal blocks: eigenvectors of random symmetric matrices. */
  private List<double[]> vectors(int... sizes) {
    List<double[]> matrices = new ArrayList<>();
    for (int n : sizes) {
      double[] a = normals(n * n);
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
          a[i * n + j] = a[j * n + i];
        }
      }
      matrices.add(a);
    }
    try (ComputeBackend backend = cpu(Precision.F64, 1)) {
      return backend.eigendecompose(matrices).stream().map(e -> e.vectors()).toList();
    }
  }

  private static Basis basis(ComputeBackend backend, List<double[]> vectors) {
    List<BackendTensor> blocks = new ArrayList<>();
    int dimension = 0;
    for (double[] q : vectors) {
      int n = (int) Math.sqrt(q.length);
      blocks.add(backend.upload(TensorView.of(q, n, n)));
      dimension += n;
    }
    return new Basis(dimension, blocks);
  }

  private static void assertClose(double[] actual, double[] expected, double tolerance) {
    double error = 0;
    double norm = 0;
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      norm += expected[i] * expected[i];
    }
    assertThat(Math.sqrt(error)).isLessThanOrEqualTo(tolerance * Math.sqrt(norm) + 1e-300);
  }

  private static double tolerance(Precision precision) {
    return precision == Precision.F64 ? 1e-13 : 5e-6;
  }

  private interface Operation {
    double[] run(ComputeBackend backend);
  }

  /** Runs on the reference, on one thread and on three; with the two the same bit for bit. */
  private static void check(Operation operation) {
    double[] expected;
    try (ComputeBackend backend = reference()) {
      expected = operation.run(backend);
    }
    for (Precision precision : Precision.values()) {
      double[] one;
      try (ComputeBackend backend = cpu(precision, 1)) {
        one = operation.run(backend);
      }
      assertClose(one, expected, tolerance(precision));
      try (ComputeBackend backend = cpu(precision, 3)) {
        assertThat(operation.run(backend)).isEqualTo(one);
      }
    }
  }

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

  private static double[] concatenate(double[]... parts) {
    return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
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
    try (ComputeBackend backend = cpu(Precision.F32, 2)) {
      var eigen = backend.eigendecompose(List.of(new double[] {4}, a)).get(1);
      assertThat(backend.eigendecompose(List.of())).isEmpty();
      double[] rebuilt = new double[n * n];
      double[] symmetric = new double[n * n];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          symmetric[i * n + j] = 0.5 * (a[i * n + j] + a[j * n + i]);
          for (int k = 0; k < n; k++) {
            rebuilt[i * n + j] +=
                eigen.vectors()[i * n + k] * eigen.values()[k] * eigen.vectors()[j * n + k];
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

  private static double[] weights(int count) {
    return new Random(3).doubles(2L * count, 0.1, 2).toArray();
  }

  @Test
  void anUnknownInstructionSetIsRefused() {
    System.setProperty(Isa.PROPERTY, "mmx");
    try {
      assertThatThrownBy(() -> cpu(Precision.F32, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("baseline, avx2 or avx512");
    } finally {
      System.clearProperty(Isa.PROPERTY);
    }
  }

  @Test
  void sumsDoNotDependOnHowRowsAreCutIntoCalls() {
    Rows all = rows(3000, 50, true, false);
    for (Precision precision : Precision.values()) {
      try (ComputeBackend backend = cpu(precision, 2);
          CovarianceAccumulator once = backend.covariance(0, 51);
          CovarianceAccumulator often = backend.covariance(0, 51)) {
        backend.accumulateCovariances(List.of(new CovarianceUpdate(all, once)));
        int from = 0;
        for (int count : new int[] {1, 700, 13, 1500, 786}) {
          Rows some = part(all, from, count);
          backend.accumulateCovariances(List.of(new CovarianceUpdate(some, often)));
          often.sum(0);
          from += count;
        }
        assertThat(often.sum(0)).isEqualTo(once.sum(0));
      }
    }
  }

  private static Rows part(Rows rows, int from, int count) {
    return new Rows(
        rows.data(),
        count,
        rows.columns(),
        rows.stride(),
        rows.offset() + from * rows.stride(),
        rows.homogeneous(),
        null);
  }

  @Test
  void anExampleHasTheSameBitsInAnyBatch() {
    ExampleRows all = examples(33, 20, false, 3, 3, 40, 1, 1, 9);
    Rows activations = new Rows(all.activations().data(), 57, 20, 23, 2, false, null);
    ExampleRows batch = new ExampleRows(activations, all.gradients(), all.offsets());
    List<double[]> qa = vectors(20);
    List<double[]> qs = vectors(33);
    double[] v = normals(5 * 33 * 20);
    for (Precision precision : Precision.values()) {
      try (ComputeBackend backend = cpu(precision, 2)) {
        Rotation rotation = new Rotation(basis(backend, qa), basis(backend, qs));
        BackendTensor w = backend.upload(TensorView.of(weights(33 * 10), 33, 20));
        QueryFactors q = new QueryFactors.Dense(backend.upload(TensorView.of(v, 5, 33, 20)));
        for (int below : new int[] {0, 2, 5, 100}) {
          double[] self = backend.weightedSquares(batch, rotation, below, List.of(w))[0];
          double[] scores = backend.score(batch, q, below);
          for (int e = 0; e < 6; e++) {
            int row = all.offsets()[e];
            int count = all.offsets()[e + 1] - row;
            ExampleRows one =
                new ExampleRows(
                    part(activations, row, count),
                    part(all.gradients(), row, count),
                    new int[] {0, count});
            assertThat(backend.weightedSquares(one, rotation, below, List.of(w))[0][0])
                .isEqualTo(self[e]);
            double[] alone = backend.score(one, q, below);
            for (int i = 0; i < 5; i++) {
              assertThat(alone[i]).isEqualTo(scores[i * 6 + e]);
            }
          }
        }
      }
    }
  }

  @Test
  void aQueryHasTheSameBitsBesideAnyOthers() {
    ExampleRows rows = examples(33, 150, false, 3, 300, 1);
    double[] v = normals(40 * 33 * 150);
    for (Precision precision : Precision.values()) {
      try (ComputeBackend backend = cpu(precision, 2)) {
        QueryFactors all = new QueryFactors.Dense(backend.upload(TensorView.of(v, 40, 33, 150)));
        double[] last = Arrays.copyOfRange(v, 39 * 33 * 150, v.length);
        QueryFactors one = new QueryFactors.Dense(backend.upload(TensorView.of(last, 1, 33, 150)));
        for (int below : new int[] {0, 2, 5, 1000}) {
          double[] together = backend.score(rows, all, below);
          assertThat(backend.score(rows, one, below))
              .isEqualTo(Arrays.copyOfRange(together, 39 * 3, 40 * 3));
        }
      }
    }
  }

  @Test
  void arraysAndBuffersOfAllTypesAreReadAlike() {
    int rows = 9;
    int columns = 35;
    short[] bits = new short[rows * columns];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (short) (0x3f80 + random.nextInt(128));
    }
    java.nio.ByteBuffer heap =
        java.nio.ByteBuffer.allocate(2 * bits.length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    java.nio.ByteBuffer odd =
        java.nio.ByteBuffer.allocateDirect(2 * bits.length + 1)
            .position(1)
            .slice()
            .order(java.nio.ByteOrder.LITTLE_ENDIAN);
    float[] floats = new float[bits.length];
    double[] doubles = new double[bits.length];
    for (int i = 0; i < bits.length; i++) {
      heap.putShort(2 * i, bits[i]);
      odd.putShort(2 * i, bits[i]);
      floats[i] = Float.intBitsToFloat(bits[i] << 16);
      doubles[i] = floats[i];
    }
    List<TensorView> views =
        List.of(
            TensorView.of(floats, rows, columns),
            TensorView.of(doubles, rows, columns),
            TensorView.of(heap, ElementType.BF16, rows, columns),
            TensorView.of(odd, ElementType.BF16, rows, columns));
    try (ComputeBackend backend = cpu(Precision.F32, 1)) {
      double[] expected = null;
      for (TensorView view : views) {
        Rows input = new Rows(view, rows, columns, columns, 0, true, null);
        try (CovarianceAccumulator sum = backend.covariance(0, columns + 1)) {
          backend.accumulateCovariances(List.of(new CovarianceUpdate(input, sum)));
          expected = expected == null ? sum.sum(0) : expected;
          assertThat(sum.sum(0)).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void nothingWorksAfterClose() {
    ComputeBackend backend = cpu(Precision.F32, 2);
    BackendTensor tensor = backend.zeros(2, 2);
    CovarianceAccumulator covariance = backend.covariance(0, 2);
    tensor.close();
    tensor.close();
    covariance.close();
    covariance.close();
    assertThatThrownBy(tensor::toDoubles)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Tensor already closed");
    assertThatThrownBy(() -> covariance.sum(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Covariance already closed");
    backend.close();
    backend.close();
    assertThatThrownBy(() -> backend.zeros(1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("CPU backend already closed");
    assertThatThrownBy(() -> backend.eigendecompose(List.of()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void threadsEndWithTheBackend() {
    ComputeBackend backend = cpu(Precision.F32, 3);
    assertThat(workers()).isGreaterThanOrEqualTo(2);
    backend.close();
    assertThat(workers()).isZero();
  }

  private static long workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("influence4j-cpu-"))
        .count();
  }

  @Test
  void aFailedTaskIsRethrownAndLeavesThePoolUsable() {
    try (WorkerPool pool = new WorkerPool(3, () -> {})) {
      assertThatThrownBy(
              () ->
                  pool.run(
                      100,
                      (worker, index) -> {
                        if (index == 50) {
                          throw new IllegalStateException("task 50");
                        }
                      }))
          .hasMessage("task 50");
      int[] done = new int[1000];
      pool.run(done.length, (worker, index) -> done[index]++);
      assertThat(done).containsOnly(1);
    }
  }

  @Test
  void tensorsOfAnotherBackendAreRefused() {
    try (ComputeBackend one = cpu(Precision.F32, 1);
        ComputeBackend other = cpu(Precision.F32, 1);
        BackendTensor tensor = other.zeros(1, 1)) {
      assertThatThrownBy(() -> one.concatenate(List.of(tensor)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("another backend");
    }
  }

  @Test
  void concatenatesAlongTheFirstDimension() {
    try (ComputeBackend backend = cpu(Precision.F32, 1);
        BackendTensor a = backend.upload(TensorView.of(new double[] {1, 2}, 1, 2));
        BackendTensor b = backend.upload(TensorView.of(new double[] {3, 4, 5, 6}, 2, 2));
        BackendTensor all = backend.concatenate(List.of(a, b))) {
      assertThat(all.shape()).containsExactly(3, 2);
      assertThat(all.toDoubles()).containsExactly(1, 2, 3, 4, 5, 6);
    }
  }
}
