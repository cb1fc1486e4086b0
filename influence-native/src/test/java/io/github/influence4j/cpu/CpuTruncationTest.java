/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.testing.SeededRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Preconditioned queries of shapes that take other ways than those of the contract's tests. */
class CpuTruncationTest {
  private static final int RANK = 12;

  private final Random random = SeededRandom.at("truncation");

  private static ComputeBackend cpu(Precision precision, int threads) {
    return new CpuBackendProvider().create(BackendOptions.of(precision, threads));
  }

  private double[] normals(int count, double deviation) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  /** left rightᵀ. */
  private static double[] product(double[] left, double[] right, int rows, int columns, int rank) {
    double[] out = new double[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        for (int c = 0; c < rank; c++) {
          out[i * columns + j] += left[i * rank + c] * right[j * rank + c];
        }
      }
    }
    return out;
  }

  private static double norm(double[] x) {
    return Math.sqrt(Arrays.stream(x).map(value -> value * value).sum());
  }

  private static BackendTensor ones(ComputeBackend backend, int outputs, int inputs) {
    double[] ones = new double[outputs * inputs];
    Arrays.fill(ones, 1);
    return backend.upload(TensorView.of(ones, outputs, inputs));
  }

  /** Residuals that the difference of two norms gives, and those for which it is rounding. */
  @ParameterizedTest
  @CsvSource({
    "F32,90,200,0.3",
    "F32,200,90,0.03",
    "F32,90,200,0.001",
    "F32,200,90,0.0001",
    "F64,90,200,0.03",
    "F64,200,90,0.00001",
    "F64,90,200,0.00000001"
  })
  void theResidualIsThatOfTheFactors(Precision precision, int outputs, int inputs, double level) {
    double[] d =
        product(normals(outputs * RANK, 1), normals(inputs * RANK, 1), outputs, inputs, RANK);
    for (int i = 0; i < d.length; i++) {
      d[i] += level * random.nextGaussian();
      d[i] = precision == Precision.F32 ? (float) d[i] : d[i];
    }
    try (ComputeBackend backend = cpu(precision, 2);
        BackendTensor rotated = backend.upload(TensorView.of(d, 1, outputs, inputs));
        BackendTensor weights = ones(backend, outputs, inputs)) {
      for (boolean randomised : new boolean[] {true, false}) {
        Rotation identity = Rotation.identity(outputs, inputs);
        Truncation truncation = new Truncation(RANK, randomised, 7);
        try (QueryFactors.LowRank factors =
            backend.preconditionLowRank(rotated, weights, identity, truncation)) {
          double[] left = factors.left().toDoubles();
          double[] difference = product(left, factors.right().toDoubles(), outputs, inputs, RANK);
          for (int i = 0; i < d.length; i++) {
            difference[i] -= d[i];
          }
          double expected = norm(difference) / norm(d);
          // The norms are known to some units in the last place of 1, the square root halves that.
          assertThat(factors.residuals()[0]).isCloseTo(expected, within(0.01 * expected));
          assertThat(expected).isBetween(level / 10, level);
        }
      }
    }
  }

  @Test
  void threadsWorkOnOneQueryWithTheSameBits() {
    int outputs = 300;
    int inputs = 170;
    double[] d = normals(3 * outputs * inputs, 1);
    double[] q = normals(inputs * inputs, 1);
    for (Precision precision : Precision.values()) {
      double[] expected = null;
      for (int threads : new int[] {1, 2, 5}) {
        try (ComputeBackend backend = cpu(precision, threads);
            BackendTensor rotated = backend.upload(TensorView.of(d, 3, outputs, inputs));
            BackendTensor weights = ones(backend, outputs, inputs);
            BackendTensor vectors = backend.upload(TensorView.of(q, inputs, inputs));
            QueryFactors.LowRank factors =
                backend.preconditionLowRank(
                    rotated,
                    weights,
                    new Rotation(new Basis(inputs, List.of(vectors)), Basis.identity(outputs)),
                    new Truncation(RANK, true, 7))) {
          double[] all = concatenate(factors);
          expected = expected == null ? all : expected;
          assertSameBits(precision + ", threads " + threads, all, expected);
        }
      }
    }
  }

  private static double[] concatenate(QueryFactors.LowRank factors) {
    double[][] parts = {
      factors.left().toDoubles(), factors.right().toDoubles(), factors.residuals()
    };
    return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
  }

  /** On both sides of the size up to which a query is preconditioned in the cache. */
  @ParameterizedTest
  @CsvSource({"40,30", "300,230"})
  void preconditionsQueriesOfAnySize(int outputs, int inputs) {
    double[] g = normals(2 * outputs * inputs, 1);
    double[] w = normals(outputs * inputs, 1);
    double[] qa = normals(inputs * inputs, 1 / Math.sqrt(inputs));
    double[] qs = normals(outputs * outputs, 1 / Math.sqrt(outputs));
    for (Precision precision : Precision.values()) {
      ElementType type = precision.type();
      try (ComputeBackend backend = cpu(precision, 2);
          BackendTensor rotated = backend.upload(TensorView.of(g, 2, outputs, inputs));
          BackendTensor weights = backend.upload(TensorView.of(w, outputs, inputs));
          BackendTensor activations = backend.upload(TensorView.of(qa, inputs, inputs));
          BackendTensor gradients = backend.upload(TensorView.of(qs, outputs, outputs))) {
        Basis a = new Basis(inputs, List.of(activations));
        Basis s = new Basis(outputs, List.of(gradients));
        for (boolean turnInputs : new boolean[] {true, false}) {
          for (boolean turnOutputs : new boolean[] {true, false}) {
            Rotation rotation =
                new Rotation(
                    turnInputs ? a : Basis.identity(inputs),
                    turnOutputs ? s : Basis.identity(outputs));
            try (QueryFactors.Dense v = backend.precondition(rotated, weights, rotation)) {
              double[] actual = v.values().toDoubles();
              for (int q = 0; q < 2; q++) {
                double[] x = scaled(g, w, q);
                x = turnInputs ? product(x, qa, outputs, inputs, inputs) : x;
                x = turnOutputs ? timesLeft(qs, x, outputs, inputs) : x;
                double size = norm(x);
                for (int i = 0; i < x.length; i++) {
                  x[i] -= actual[q * x.length + i];
                }
                // Sums of a few hundred products of normal numbers.
                assertThat(norm(x) / size).isLessThan(type == ElementType.F64 ? 1e-14 : 3e-6);
              }
            }
          }
        }
      }
    }
  }

  private static double[] scaled(double[] g, double[] w, int query) {
    double[] x = new double[w.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = g[query * x.length + i] * w[i];
    }
    return x;
  }

  private static double[] timesLeft(double[] q, double[] x, int outputs, int inputs) {
    double[] turned = new double[x.length];
    for (int i = 0; i < outputs; i++) {
      for (int j = 0; j < inputs; j++) {
        turned[j * outputs + i] = x[i * inputs + j];
      }
    }
    return product(q, turned, outputs, inputs, outputs);
  }
}
