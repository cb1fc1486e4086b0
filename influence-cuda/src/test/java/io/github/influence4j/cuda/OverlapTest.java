/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.testing.SeededRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Rows of the host cross over while the kernels of the step before have not run: stand-ins do what
 * is queued as late as they may, so each order that is not asked for would show in the numbers.
 */
@ExtendWith(Leaks.class)
final class OverlapTest {
  private static final int EXAMPLES = 40;
  private static final int COLUMNS = 6;

  /** Of which few rows fit at a time, and buffers that take less than those. */
  private static final Tuning SMALL = new Tuning(128, 128, 3, 1 << 11, 1 << 7);

  @BeforeEach
  void skipOnAGpu() {
    Scenario.assumeAvailable();
    assumeFalse(StandIns.real(), "a GPU does not tell what ran beside what");
  }

  private static Rows rows(Random random) {
    double[] values = new double[2 * EXAMPLES * COLUMNS];
    Arrays.setAll(values, i -> random.nextGaussian());
    TensorView data = TensorView.of(values, 2 * EXAMPLES, COLUMNS);
    return new Rows(data, 2 * EXAMPLES, COLUMNS, COLUMNS, 0, false, null);
  }

  private static List<double[]> results(Tuning tuning, int threads) {
    Random random = SeededRandom.at("overlap");
    int[] offsets = IntStream.rangeClosed(0, EXAMPLES).map(e -> 2 * e).toArray();
    ExampleRows rows = new ExampleRows(rows(random), rows(random), offsets);
    Rotation none = new Rotation(Basis.identity(COLUMNS), Basis.identity(COLUMNS));
    try (ComputeBackend backend =
            CudaBackendProvider.create(BackendOptions.of(Precision.F64, threads), tuning);
        CovarianceAccumulator covariance = backend.covariance(0, COLUMNS);
        BackendTensor squares = backend.accumulator(COLUMNS, COLUMNS)) {
      for (int batch = 0; batch < 2; batch++) {
        backend.accumulateCovariances(
            List.of(new CovarianceUpdate(rows.activations(), covariance)));
        backend.accumulateSquares(rows, none, 9, squares);
      }
      return List.of(covariance.sum(0), squares.toDoubles());
    }
  }

  @Test
  void rowsCrossOverBesideKernelsAndGiveTheSameBits() {
    List<double[]> atOnce = results(Tuning.DEFAULT, 1);
    long crossed = StandIns.crossedBytes();
    long overlapped = StandIns.overlappedBytes();
    List<double[]> cut = results(SMALL, 1);
    crossed = StandIns.crossedBytes() - crossed;
    overlapped = StandIns.overlappedBytes() - overlapped;
    assertThat(cut).usingRecursiveComparison().isEqualTo(atOnce);
    List<double[]> together = results(SMALL, 3);
    assertThat(together).as("packed by 3").usingRecursiveComparison().isEqualTo(atOnce);
    // All but the first rows, what is no row, and what comes back.
    assertThat(overlapped).isGreaterThan(crossed / 2);
  }
}
