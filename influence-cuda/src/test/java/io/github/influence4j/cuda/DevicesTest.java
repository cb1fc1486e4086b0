/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.DeviceMemory;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.MemoryUse;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.Unfolder;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.global.cudart;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A backend on the second of three devices: whatever thread comes, it uses that device and no
 * other, and leaves the thread as it was.
 */
@ExtendWith(Leaks.class)
final class DevicesTest {
  private static final int SECOND = 1;
  private static final long ONLY_SECOND = 1L << SECOND;
  private static final Tuning SMALL = new Tuning(1, 4, 3, 1 << 20, 1 << 12);

  @BeforeEach
  void skipOnAGpu() {
    assumeFalse(StandIns.real(), "the stand-ins have three devices");
    Scenario.assumeAvailable();
    StandIns.usedDevices();
  }

  private static Engine engine() {
    return new Engine(SECOND, BackendOptions.of(Precision.F64, 1), SMALL);
  }

  private static ComputeBackend backend() {
    return new CudaBackend(engine(), new BackendDescription("cuda", "", "", Precision.F64, 1));
  }

  /** Runs something on a thread that has never used CUDA, and holds it to leave none behind. */
  private static <T> T onFreshThread(Callable<T> task) throws Exception {
    FutureTask<T> run =
        new FutureTask<>(
            () -> {
              T result = task.call();
              assertThat(currentContext()).as("context left on the thread").isZero();
              return result;
            });
    Thread thread = new Thread(run);
    thread.start();
    thread.join();
    return run.get();
  }

  private static long currentContext() {
    CUctx_st context = new CUctx_st();
    assertThat(cudart.cuCtxGetCurrent(context)).isZero();
    return context.address();
  }

  @Test
  void everyOperationOnFreshThreads() throws Exception {
    ComputeBackend backend = onFreshThread(DevicesTest::backend);
    assertThat(onFreshThread(() -> Scenario.run(backend, 5))).isNotEmpty();
    BackendTensor tensor = onFreshThread(() -> backend.zeros(3, 4));
    assertThat(onFreshThread(tensor::toDoubles)).hasSize(12);
    Unfolder unfolder = onFreshThread(backend::unfolder);
    onFreshThread(() -> closed(tensor));
    onFreshThread(() -> closed(unfolder));
    onFreshThread(() -> closed(backend));
    assertThat(StandIns.usedDevices()).isEqualTo(ONLY_SECOND);
  }

  private static boolean closed(AutoCloseable resource) throws Exception {
    resource.close();
    return true;
  }

  /** What the cleaner of a tensor that nobody closed runs. */
  @Test
  void whatIsFreedOnTheCleanersThread() throws Exception {
    Engine engine = engine();
    try {
      DeviceMemory memory = engine.locked(() -> engine.zeros(100, MemoryUse.TENSOR));
      Runnable freeing = engine.freeing(memory);
      onFreshThread(
          () -> {
            freeing.run();
            return true;
          });
      assertThat(memory.freed()).isTrue();
    } finally {
      engine.close();
    }
    assertThat(StandIns.usedDevices()).isEqualTo(ONLY_SECOND);
  }

  @Test
  void theCallersDeviceIsItsOwnAgain() throws Exception {
    onFreshThread(
        () -> {
          assertThat(cudart.cudaSetDevice(0)).isZero();
          long before = currentContext();
          try (ComputeBackend backend = backend()) {
            assertThat(currentContext()).isEqualTo(before);
            Scenario.run(backend, 6);
            assertThat(currentContext()).isEqualTo(before);
            assertThatTheFirstsMemoryIsRefused(backend);
            assertThat(currentContext()).isEqualTo(before);
            assertTheDeviceAfterAFailure(backend, before);
          }
          assertThat(currentContext()).isEqualTo(before);
          assertThat(cudart.cuCtxPopCurrent(new CUctx_st())).isZero();
          return true;
        });
  }

  private static void assertThatTheFirstsMemoryIsRefused(ComputeBackend backend) {
    try (Lender lender = new Lender()) {
      TensorView lent = lender.lend(TensorView.of(new float[6], 2, 3));
      assertThatThrownBy(() -> backend.magnitudes(new Rows(lent, 2, 3, 3, 0, false, null)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is on GPU 0, but the backend computes on GPU 1");
    }
  }

  private static void assertTheDeviceAfterAFailure(ComputeBackend backend, long before) {
    StandIns.failCall(2); // after the context
    try {
      assertThatThrownBy(() -> backend.zeros(3, 4)).isInstanceOf(CudaException.class);
    } finally {
      StandIns.failCall(0);
    }
    assertThat(currentContext()).isEqualTo(before);
  }

  @Test
  void twoDevicesAtOnceGiveTheSame() {
    try (ComputeBackend first = Scenario.backend(Precision.F64, SMALL);
        ComputeBackend second = backend()) {
      List<double[]> expected = Scenario.run(first, 7);
      assertThat(Scenario.run(second, 7)).usingRecursiveComparison().isEqualTo(expected);
    }
  }
}
