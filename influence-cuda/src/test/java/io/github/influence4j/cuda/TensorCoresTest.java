/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.compute.TensorCores;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.Rows;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Covariances on tensor cores err by what {@link TensorCores} says, and not by much less. */
@ExtendWith(Leaks.class)
final class TensorCoresTest {
  private static final int ROWS = 300;
  private static final int COLUMNS = 21;

  @BeforeEach
  void skipWhereUnavailable() {
    Scenario.assumeAvailable();
  }

  /** Of an input that is rounded. */
  private static double roundoff(TensorCores cores) {
    return switch (cores) {
      case OFF -> 0;
      case TF32 -> 0x1p-11;
      case BF16 -> 0x1p-8;
    };
  }

  @ParameterizedTest
  @EnumSource(TensorCores.class)
  void errIsWithinTheBound(TensorCores cores) {
    Random random = new Random(6);
    float[] x = new float[ROWS * COLUMNS];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    double[] actual = covariance(cores, x);
    // The float32 sums of 300 terms: 300 roundings of 2^-24 at most.
    double u = roundoff(cores);
    double bound = 2 * u + u * u + ROWS * 0x1p-24;
    double largest = 0;
    for (int i = 0; i < COLUMNS; i++) {
      for (int j = 0; j < COLUMNS; j++) {
        double sum = 0;
        double magnitude = 0;
        for (int r = 0; r < ROWS; r++) {
          double product = (double) x[r * COLUMNS + i] * x[r * COLUMNS + j];
          sum += product;
          magnitude += Math.abs(product);
        }
        double error = Math.abs(actual[i * COLUMNS + j] - sum) / magnitude;
        assertThat(error).as("element %d, %d", i, j).isLessThanOrEqualTo(bound);
        largest = Math.max(largest, error);
      }
    }
    if (!StandIns.MODE.equals("standins")) {
      assertThat(largest).as("the inputs were rounded").isGreaterThanOrEqualTo(u / 16);
    }
  }

  private static double[] covariance(TensorCores cores, float[] x) {
    BackendOptions options = BackendOptions.of(Precision.F32, 1).withTensorCores(cores);
    try (ComputeBackend backend = CudaBackendProvider.create(options, Tuning.DEFAULT);
        CovarianceAccumulator sum = backend.covariance(0, COLUMNS)) {
      TensorView data = TensorView.of(x, ROWS, COLUMNS);
      Rows rows = new Rows(data, ROWS, COLUMNS, COLUMNS, 0, false, null);
      backend.accumulateCovariances(List.of(new CovarianceUpdate(rows, sum)));
      return sum.sum(0);
    }
  }

  /** Batches whose rows do not fit at once, after rows that end within a group. */
  @ParameterizedTest
  @EnumSource(TensorCores.class)
  void cutsDoNotChangeABit(TensorCores cores) {
    int rows = 4700;
    Random random = new Random(8);
    float[] x = new float[rows * 3];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    double[] whole = covariance(cores, x, rows, Tuning.DEFAULT.workBytes());
    // 16 rows a part, 83, 1041 and 4166: segments.
    for (int bytes : new int[] {1, 1000, 12500, 50000}) {
      assertThat(covariance(cores, x, rows, bytes)).as("%d bytes", bytes).isEqualTo(whole);
    }
  }

  /** In two calls. */
  private static double[] covariance(TensorCores cores, float[] x, int count, long workBytes) {
    BackendOptions options = BackendOptions.of(Precision.F32, 1).withTensorCores(cores);
    Tuning tuning = new Tuning(128, 128, 3, workBytes, 1 << 12);
    try (ComputeBackend backend = CudaBackendProvider.create(options, tuning);
        CovarianceAccumulator sum = backend.covariance(0, 3)) {
      TensorView data = TensorView.of(x, count, 3);
      Rows head = new Rows(data, 5, 3, 3, 0, false, null);
      Rows tail = new Rows(data, count - 5, 3, 3, 15, false, null);
      backend.accumulateCovariances(List.of(new CovarianceUpdate(head, sum)));
      backend.accumulateCovariances(List.of(new CovarianceUpdate(tail, sum)));
      return sum.sum(0);
    }
  }

  @Test
  void areChosenByTheUserAndNamed() {
    try (Influence influence =
        Influence.builder()
            .layers(LayerSpec.linear("layer", 1, 1))
            .backend("cuda")
            .tensorCores(TensorCores.TF32)
            .build()) {
      assertThat(influence.backend().library()).endsWith(", products in TF32");
    }
  }

  @Test
  void contradictDoublePrecision() {
    assertThatThrownBy(() -> BackendOptions.of(Precision.F64, 1).withTensorCores(TensorCores.BF16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Tensor cores in BF16 contradict precision F64; choose F32, or TensorCores.OFF.");
  }
}
