/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.influence4j.cuda.device.CudaSettings;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.ComputeBackend;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Has the tests of a class run on all three devices of the stand-ins. */
final class Gpus implements BeforeAllCallback, AfterAllCallback {
  static final String ALL = "0,1,2";
  private static final Tuning SMALL = new Tuning(128, 128, 3, 1 << 16, 1 << 12);

  @Override
  public void beforeAll(ExtensionContext tests) {
    assumeFalse(StandIns.real(), "the stand-ins have three devices");
    System.setProperty(CudaSettings.DEVICE, ALL);
  }

  @Override
  public void afterAll(ExtensionContext tests) {
    System.clearProperty(CudaSettings.DEVICE);
  }

  /** Where only few rows fit at a time. */
  static ComputeBackend backend(List<Integer> devices, BackendOptions options) {
    assumeFalse(StandIns.real(), "the stand-ins have three devices");
    return CudaBackendProvider.create(options.withDevices(devices), SMALL);
  }
}
