/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.CudaBackendProvider;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlasCrossoverTest {
  private static final List<Integer> SIZES = List.of(32, 64, 128, 256);
  private static final long MIB = 1L << 20;

  /** Our kernel takes as many nanoseconds as there are columns. */
  private static BlasCrossover.Clock clock(long... blas) {
    return (size, byBlas) -> byBlas ? blas[SIZES.indexOf(size)] : size;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, 32",
    "99, 1, 1, 1, 64",
    "99, 99, 127, 1, 128",
    "99, 99, 128, 255, 256", // as fast is not faster
    "1, 1, 1, 999, 512", // beyond the table it has all
    "1, 1, 999, 1, 256", // a lucky small size is not enough
    "99, 99, 999, 999, 512",
  })
  void theSizeFromWhichOnCublasIsFaster(long a, long b, long c, long d, int expected) {
    assertThat(BlasCrossover.from(SIZES, clock(a, b, c, d))).isEqualTo(expected);
  }

  @Test
  void whatIsDecidedIsNotMeasured() {
    List<Integer> asked = new ArrayList<>();
    BlasCrossover.Clock clock = clock(1, 1, 999, 1);
    BlasCrossover.from(
        SIZES,
        (size, byBlas) -> {
          asked.add(size);
          return clock.nanos(size, byBlas);
        });
    assertThat(asked).containsExactly(256, 256, 128, 128);
  }

  @Test
  void eachGpuAndWayOfMultiplyingIsMeasuredOnce() {
    int device = 1000; // that no other test has
    AtomicInteger measured = new AtomicInteger();
    Map.of(device, 1, device + 1, 3)
        .forEach(
            (gpu, next) -> {
              for (int again = 0; again < 2; again++) {
                assertThat(List.of(once(gpu, 0, measured), once(gpu, 1, measured)))
                    .doesNotHaveDuplicates();
              }
            });
    assertThat(measured).hasValue(4);
  }

  private static int once(int device, int products, AtomicInteger measured) {
    return BlasCrossover.once(device, products, measured::incrementAndGet);
  }

  /** Loads what engines need. */
  private static void requireGpu() {
    Availability availability = new CudaBackendProvider().availability();
    assumeTrue(availability.available(), availability.detail());
  }

  private static int measured(long maxMemory, Tuning tuning) {
    requireGpu();
    BackendOptions options = BackendOptions.of(Precision.F64, 1).withMaxMemory(maxMemory);
    Engine engine = new Engine(0, options, tuning);
    try {
      Gemm gemm = new Gemm(engine);
      int from = engine.locked(() -> BlasCrossover.measured(engine, gemm, List.of(2, 4)));
      assertThat(engine.locked(() -> engine.heap().bytes())).isZero();
      return from;
    } finally {
      engine.close();
    }
  }

  /** On whatever the tests run on, whose times say nothing. */
  @Test
  void measuringGivesOneOfTheSizes() {
    assertThat(measured(64 * MIB, Tuning.DEFAULT)).isIn(2, 4, 8);
  }

  @Test
  void whereThereIsNoRoomTheSizeIsEstimated() {
    long buffers = 2 * (256L << 10);
    long matrices = 3 * 512 * 4 * 8;
    assertThat(measured(buffers + matrices - 1, Tuning.DEFAULT)).isEqualTo(128);
    assertThat(measured(buffers + matrices, Tuning.DEFAULT)).isIn(2, 4, 8);
  }

  @Test
  void aTuningThatSaysTheSizeIsBelieved() {
    requireGpu();
    Engine engine =
        new Engine(0, BackendOptions.of(Precision.F64, 1), Tuning.DEFAULT.withBlasFrom(7));
    try {
      Gemm gemm = new Gemm(engine);
      assertThat(engine.<Integer>locked(() -> BlasCrossover.of(engine, gemm))).isEqualTo(7);
    } finally {
      engine.close();
    }
  }
}
