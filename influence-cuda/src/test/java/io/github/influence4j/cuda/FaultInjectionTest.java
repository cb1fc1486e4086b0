/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.ComputeBackend;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Each call of CUDA fails once: the error surfaces and names the function, nothing leaks, and the
 * backend then gives the same numbers as if nothing had happened.
 */
@ExtendWith(Leaks.class)
final class FaultInjectionTest {
  private static final Tuning OURS = new Tuning(128, 128, 3, 1 << 20, 1 << 12);
  private static final Tuning LIBRARIES = new Tuning(1, 0, 3, 1 << 20, 1 << 12);
  private static final long SEED = 11;

  @BeforeEach
  void skipOnAGpu() {
    assumeFalse(StandIns.real(), "faults are injected into the stand-ins");
  }

  @AfterEach
  void disarm() {
    if (!StandIns.real()) {
      StandIns.failCall(0);
    }
  }

  @Test
  void eachCallOnceWithOurKernels() {
    assertThat(failEachCall(OURS)).contains("cudaMalloc", "cudaMemcpyAsync", "cudaLaunchHostFunc");
  }

  @Test
  void eachCallOnceWithTheLibraries() {
    assertThat(failEachCall(LIBRARIES))
        .contains("cublasDgemm_v2", "cublasDnrm2_v2", "cusolverDnXsyevd", "cusolverDnXsyevBatched");
  }

  @Test
  void eachCallOnceOnMemoryOfTheDevice() {
    assertThat(failEachCall(() -> new LentBackend(Scenario.backend(Precision.F64, OURS))))
        .contains("cudaStreamWaitEvent", "cudaPointerGetAttributes", "cudaEventRecord");
  }

  private static Set<String> failEachCall(Tuning tuning) {
    return failEachCall(() -> Scenario.backend(Precision.F64, tuning));
  }

  private static Set<String> failEachCall(Supplier<ComputeBackend> backends) {
    List<double[]> expected;
    try (ComputeBackend backend = backends.get()) {
      expected = Scenario.run(backend, SEED);
    }
    Set<String> failed = new TreeSet<>();
    long call = 1;
    while (failCall(call, backends, expected)) {
      failed.add(StandIns.failedFunction());
      call++;
    }
    assertThat(call).as("calls of the scenario").isGreaterThan(100);
    return failed;
  }

  /** Returns false if the scenario has fewer calls. */
  private static boolean failCall(
      long call, Supplier<ComputeBackend> backends, List<double[]> expected) {
    StandIns.failCall(call);
    RuntimeException failure = null;
    boolean closed = false;
    try {
      ComputeBackend backend = backends.get();
      failure = failureOf(() -> Scenario.run(backend, SEED));
      if (failure != null) {
        assertSame(Scenario.run(backend, SEED), expected, call);
      }
      closed = true;
      RuntimeException closing = failureOf(backend::close);
      failure = failure == null ? closing : failure;
    } catch (RuntimeException e) {
      assertThat(closed).isFalse();
      failure = e;
    }
    String function = StandIns.failedFunction();
    assertThat(failure != null).as("call %d, %s", call, function).isEqualTo(!function.isEmpty());
    if (failure != null) {
      assertNames(failure, function);
      assertThat(StandIns.liveObjects()).as("left after call %d, %s", call, function).isZero();
    }
    return failure != null;
  }

  private static @Nullable RuntimeException failureOf(Runnable operation) {
    try {
      operation.run();
      return null;
    } catch (RuntimeException e) {
      return e;
    }
  }

  /** A kernel's launch fails under the kernel's name. */
  private static void assertNames(RuntimeException failure, String function) {
    assertThat(failure).isInstanceOf(CudaException.class);
    String named = ((CudaException) failure).function();
    if (function.equals("cudaLaunchHostFunc")) {
      assertThat(named).matches("infl_cuda_.*|cublas.*|cusolver.*");
    } else if (!function.equals("cudaStreamSynchronize")) {
      assertThat(named).isEqualTo(function);
    }
  }

  private static void assertSame(List<double[]> actual, List<double[]> expected, long call) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.size(); i++) {
      assertSameBits("result " + i + " after call " + call, actual.get(i), expected.get(i));
    }
  }
}
