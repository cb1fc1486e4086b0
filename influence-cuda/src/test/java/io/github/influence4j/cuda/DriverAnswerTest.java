/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.cuda.device.DriverAnswer;
import org.junit.jupiter.api.Test;

/** Each way a driver can be unusable has its reason and its fix. */
final class DriverAnswerTest {
  private static String problem(String library, int device) {
    return DriverAnswer.of(StandIns.library(library).toString(), device).problem();
  }

  @Test
  void noDriver() {
    assertThat(problem("libcuda-missing.so", 0))
        .startsWith("no NVIDIA driver (")
        .contains("libcuda-missing.so: cannot open shared object file")
        .endsWith("install driver R580 or newer");
  }

  @Test
  void notADriver() {
    assertThat(problem("libcuda-other.so", 0))
        .startsWith("libcuda-other.so is not a CUDA driver (it has no cuInit)");
  }

  @Test
  void noDevice() {
    assertThat(problem("libcuda-empty.so", 0))
        .isEqualTo("a driver for CUDA 13.0, but no CUDA device; check nvidia-smi");
  }

  @Test
  void tooOld() {
    assertThat(problem("libcuda-old.so", 0))
        .isEqualTo(
            "the driver supports CUDA 12.8 only, 13.0 is needed; install driver R580 or newer");
  }

  @Test
  void broken() {
    assertThat(problem("libcuda-broken.so", 0))
        .isEqualTo("the CUDA driver reports error 804: an error of the stand-in; check nvidia-smi");
  }

  @Test
  void noSuchDevice() {
    assertThat(problem("libcuda.so.1", 3))
        .isEqualTo(
            "no device 3 among 3; name one below 3 by devices(..) of the builder or"
                + " -Dinfluence4j.cuda.device");
  }

  @Test
  void usable() {
    DriverAnswer answer = DriverAnswer.of(StandIns.library("libcuda.so.1").toString(), 0);
    assertThat(answer.problem()).isNull();
    assertThat(answer.device()).isEqualTo("CUDA stand-in (no GPU), sm_80");
    assertThat(answer.version()).isEqualTo(13000);
  }

  @Test
  void theDeepestCauseIsReported() {
    Error error = new NoClassDefFoundError("Could not initialize class cudart");
    error.initCause(new UnsatisfiedLinkError("libcublas.so.13: cannot open shared object file"));
    assertThat(CudaProbe.deepestText(error))
        .isEqualTo("libcublas.so.13: cannot open shared object file");
  }
}
