/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Unfolder;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Where the rows of convolutions lie. */
@ExtendWith(Leaks.class)
final class DeviceUnfolderTest {
  private static final Tuning SMALL = new Tuning(128, 128, 3, 1 << 20, 1 << 12);
  private static final Conv2d CONV = Conv2d.of(3, 3, 3).withPadding(1);

  @BeforeEach
  void skipWhereUnavailable() {
    Scenario.assumeAvailable();
    assumeFalse(StandIns.real(), "the stand-ins count what is copied and allocated");
  }

  private static TensorView images(int count) {
    return TensorView.of(new float[count * 3 * 64], count, 3, 8, 8);
  }

  @Test
  void imagesCrossOverOnceAndRowsNever() {
    long images = 4L * images(4).elements();
    try (ComputeBackend backend = Scenario.backend(Precision.F32, SMALL);
        Unfolder unfolder = backend.unfolder();
        Lender lender = new Lender()) {
      assertThat(crossed(backend, () -> unfolder.unfold(CONV, images(4)))).isEqualTo(images);
      assertThat(crossed(backend, () -> unfolder.unfold(CONV, lender.lend(images(4)))))
          .as("only what the lender writes")
          .isEqualTo(images);
    }
  }

  /** Bytes that crossed over, but for those of the rows, which show that the stream is done. */
  private static long crossed(ComputeBackend backend, Supplier<TensorView> unfold) {
    long before = StandIns.crossedBytes();
    TensorView rows = unfold.get();
    assertThat(rows.device()).isNotNull();
    backend.toHost(rows);
    return StandIns.crossedBytes() - before - 4L * rows.elements();
  }

  @Test
  void memoryIsUsedAgainAndFreed() {
    try (ComputeBackend backend = Scenario.backend(Precision.F32, SMALL)) {
      Unfolder unfolder = backend.unfolder();
      unfolder.unfold(CONV, images(4));
      unfolder.unfold(CONV, images(4)); // there is memory of two turns for images
      long held = StandIns.deviceBytes();
      unfolder.unfold(CONV, images(2));
      unfolder.unfold(CONV, images(4));
      assertThat(StandIns.deviceBytes()).isEqualTo(held);
      unfolder.close();
      assertThat(StandIns.deviceBytes()).isEqualTo(held - 4L * 4 * 64 * 27);
    }
  }

  @Test
  void whatTheDeviceLacksIsNamed() {
    try (ComputeBackend backend = Scenario.backend(Precision.F32, SMALL);
        Unfolder unfolder = backend.unfolder()) {
      unfolder.unfold(CONV, images(1));
      StandIns.capacity(StandIns.deviceBytes() + (1 << 20));
      assertThatThrownBy(() -> unfolder.unfold(CONV, images(1000)))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("the unfolded input of a convolution needs 6912000 bytes")
          .hasMessageContaining("or pass smaller batches");
      assertThat(unfolder.unfold(CONV, images(1)).device()).isNotNull();
    } finally {
      StandIns.capacity(1L << 30);
    }
  }
}
