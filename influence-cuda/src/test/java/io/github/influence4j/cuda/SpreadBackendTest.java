/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.MemoryLocator;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.Unfolder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is so on several devices only. */
@ExtendWith({Required.class, Gpus.class, Leaks.class})
final class SpreadBackendTest {
  private static final long MIB = 1L << 20;
  private static final LayerSpec LAYER = LayerSpec.linear("fc", 2, 3);

  private static ComputeBackend backend(long maxMemory) {
    return Gpus.backend(
        List.of(1, 2), BackendOptions.of(Precision.F64, 1).withMaxMemory(maxMemory));
  }

  /** Sums of 1 MiB each, until there is no room. */
  private static int sums(ComputeBackend backend, String refusal) {
    List<BackendTensor> sums = new ArrayList<>();
    try {
      assertThatThrownBy(
              () -> {
                while (true) {
                  sums.add(backend.accumulator(1 << 17));
                }
              })
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(refusal)
          .hasMessageContaining("maxMemory=" + 8 * MIB);
      return sums.size();
    } finally {
      sums.forEach(BackendTensor::close);
    }
  }

  @Test
  void eachDeviceHasItsShareOfMaxMemory() {
    try (ComputeBackend backend = backend(16 * MIB)) {
      int both =
          sums(
              backend,
              "GPU 1, one of 2 that share maxMemory: a tensor of factors or queries needs 1048576");
      assertThat(both).isEqualTo(14); // the buffers for copies take a part of the eighth
      assertThat(backend.peakMemory()).isBetween(14 * MIB, 16 * MIB);
    }
  }

  @Test
  void theDefaultIsWhatTheFullestDeviceHasTimesTheirNumber() {
    try (Lender other = new Lender()) {
      other.lend(TensorView.of(new double[1 << 17], 1 << 17)); // on the first
      long free = (1L << 30) - MIB;
      BackendOptions options = BackendOptions.of(Precision.F64, 1); // on all, as the property says
      CudaBackendProvider provider = new CudaBackendProvider();
      assertThat(provider.defaultMaxMemory(options)).hasValue(free / 5 * 4 * 3);
      BackendOptions two = options.withDevices(List.of(2, 1));
      assertThat(provider.defaultMaxMemory(two)).hasValue((1L << 30) / 5 * 4 * 2);
    }
  }

  @Test
  void whatCudaReportsHasTheNumberOfTheDevice() {
    try (ComputeBackend backend = backend(64 * MIB)) {
      StandIns.failCall(3); // after the context, and the event between two operations
      assertThatThrownBy(() -> backend.accumulator(3))
          .isInstanceOfSatisfying(
              CudaException.class, e -> assertThat(e.function()).isEqualTo("cudaMalloc"))
          .hasMessageStartingWith("GPU 1: cudaMalloc returned 719: ");
    } finally {
      StandIns.failCall(0);
    }
  }

  @Test
  void theBuilderGoesBeforeThePropertyAndEachDeviceIsAskedFor() {
    try (Influence influence = Influence.builder().layers(LAYER).devices(2).build()) {
      assertThat(influence.backend().name()).isEqualTo("cuda");
      assertThat(influence.backend().toString()).doesNotContain("GPU ");
    }
    try (Influence influence = Influence.builder().layers(LAYER).devices(2, 0).build()) {
      assertThat(influence.backend().toString()).contains("GPU 2: CUDA stand-in", "; GPU 0: ");
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> Influence.builder().layers(LAYER).backend("cuda").devices(0, 3).build())
        .withMessage(
            "Backend \"cuda\" is unavailable: no device 3 among 3; name one below 3 by devices(..)"
                + " of the builder or -Dinfluence4j.cuda.device.");
  }

  /** The images are on the host; the sum is on the second device. */
  @Test
  void convolutionsAreUnfoldedWhereTheRowsAreRead() {
    Conv2d conv = Conv2d.of(1, 2, 2);
    TensorView images = TensorView.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 1, 3, 3);
    MemoryLocator locator = new MemoryLocator(0);
    try (ComputeBackend backend = backend(64 * MIB);
        BackendTensor first = backend.accumulator(2, 4);
        BackendTensor second = backend.accumulator(2, 4);
        Unfolder unfolder = backend.unfolder()) {
      for (int gpu : new int[] {1, 2, 2}) {
        TensorView rows = unfolder.unfold(conv, images);
        assertThat(locator.gpuOf(rows)).isEqualTo(gpu);
        ExampleRows examples =
            new ExampleRows(
                new Rows(rows, 4, 4, 4, 0, false, null),
                new Rows(
                    TensorView.of(new double[] {1, 0, 1, 0, 1, 0, 1, 0}, 4, 2),
                    4,
                    2,
                    2,
                    0,
                    false,
                    null),
                new int[] {0, 4});
        backend.accumulateSquares(examples, Rotation.identity(2, 4), 1, second);
      }
      double[] gradient = {1 + 2 + 4 + 5, 2 + 3 + 5 + 6, 4 + 5 + 7 + 8, 5 + 6 + 8 + 9};
      double[] expected = new double[8];
      for (int i = 0; i < 4; i++) {
        expected[i] = 3 * gradient[i] * gradient[i];
      }
      assertThat(second.toDoubles()).containsExactly(expected);
      assertThat(first.toDoubles()).containsOnly(0);
    }
  }

  /** A sum is changed in place, so that a copy elsewhere would be wrong afterwards. */
  @Test
  void whatIsAddedLaterIsInTheNextResult() {
    try (ComputeBackend backend = backend(64 * MIB);
        BackendTensor weights = backend.upload(TensorView.of(new double[] {1, 1, 1, 1}, 2, 2));
        BackendTensor gradients = backend.zeros(1, 2, 2)) {
      Rows rows = new Rows(TensorView.of(new double[] {1, 2}, 1, 2), 1, 2, 2, 0, false, null);
      ExampleRows example = new ExampleRows(rows, rows, new int[] {0, 1});
      Rotation identity = Rotation.identity(2, 2);
      for (int times = 1; times <= 3; times++) {
        backend.accumulateGradients(example, identity, 1, new int[] {0}, gradients);
        assertThat(gradients.toDoubles()).containsExactly(times, 2 * times, 2 * times, 4 * times);
        try (BackendTensor made = backend.precondition(gradients, weights, identity).values()) {
          assertThat(made.toDoubles()).containsExactly(times, 2 * times, 2 * times, 4 * times);
        }
      }
    }
  }
}
