/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.ServiceLoader;

/** Operations on random data: on the reference, on one thread and on three. */
abstract class CpuOperations {
  final Random random = new Random(7);

  static ComputeBackend cpu(Precision precision, int threads) {
    return new CpuBackendProvider().create(BackendOptions.of(precision, threads));
  }

  static ComputeBackend reference() {
    for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
      if (provider.name().equals("reference")) {
        return provider.create(BackendOptions.of(Precision.F64, 1));
      }
    }
    throw new AssertionError("no reference backend");
  }

  double[] normals(int count) {
    return random.doubles(count, -1, 1).toArray();
  }

  /** Rows inside a larger tensor, every second one used through an index. */
  Rows rows(int rows, int columns, boolean homogeneous, boolean indexed) {
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

  ExampleRows examples(int outputs, int inputs, boolean homogeneous, int... lengths) {
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
  List<double[]> vectors(int... sizes) {
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
      return backend.eigendecompose(matrices).stream().map(e -> e.vectors().toDoubles()).toList();
    }
  }

  static Basis basis(ComputeBackend backend, List<double[]> vectors) {
    List<BackendTensor> blocks = new ArrayList<>();
    int dimension = 0;
    for (double[] q : vectors) {
      int n = (int) Math.sqrt(q.length);
      blocks.add(backend.upload(TensorView.of(q, n, n)));
      dimension += n;
    }
    return new Basis(dimension, blocks);
  }

  static void assertClose(double[] actual, double[] expected, double tolerance) {
    double error = 0;
    double norm = 0;
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      norm += expected[i] * expected[i];
    }
    assertThat(Math.sqrt(error)).isLessThanOrEqualTo(tolerance * Math.sqrt(norm) + 1e-300);
  }

  static double tolerance(Precision precision) {
    return precision == Precision.F64 ? 1e-13 : 5e-6;
  }

  interface Operation {
    double[] run(ComputeBackend backend);
  }

  /** Runs on the reference, on one thread and on three; with the two the same bit for bit. */
  static void check(Operation operation) {
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

  static double[] concatenate(double[]... parts) {
    return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
  }

  static double[] weights(int count) {
    return new Random(3).doubles(2L * count, 0.1, 2).toArray();
  }
}
