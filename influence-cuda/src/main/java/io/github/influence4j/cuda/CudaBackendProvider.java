/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.compute.TensorCores;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.CudaSettings;
import io.github.influence4j.cuda.device.DeviceContext;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.FreeMemory;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.Releases;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import java.util.OptionalLong;
import org.bytedeco.cuda.global.cudart;

/** Provides the CUDA backend, which is preferred to all others where there is a GPU. */
public final class CudaBackendProvider implements BackendProvider {
  static final String NAME = "cuda";

  /** For the service loader. */
  public CudaBackendProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int priority() {
    return 200;
  }

  @Override
  public Availability availability() {
    return CudaProbe.availability();
  }

  /** Four fifths of what is free on the GPU. */
  @Override
  public OptionalLong defaultMaxMemory() {
    FreeMemory memory = DeviceContext.of(CudaSettings.device()).on(FreeMemory::ask);
    return OptionalLong.of(memory.budget());
  }

  @Override
  public ComputeBackend create(BackendOptions options) {
    return create(options, Tuning.DEFAULT);
  }

  /** For tests, with other thresholds. */
  static ComputeBackend create(BackendOptions options, Tuning tuning) {
    Availability availability = CudaProbe.availability();
    if (!availability.available()) {
      throw new IllegalStateException(
          "Backend \"" + NAME + "\" is unavailable: " + availability.detail());
    }
    Engine engine = new Engine(CudaSettings.device(), options, tuning);
    try {
      BackendDescription description =
          new BackendDescription(
              NAME,
              availability.detail(),
              engine.locked(() -> library(options)),
              options.precision(),
              1);
      return new CudaBackend(engine, description);
    } catch (RuntimeException e) {
      Releases releases = new Releases();
      releases.run(engine::close);
      releases.addTo(e);
      throw e;
    }
  }

  private static String library(BackendOptions options) {
    int[] version = new int[1];
    CudaException.check(cudart.cudaRuntimeGetVersion(version), "cudaRuntimeGetVersion");
    int major = version[0] / 1000;
    int minor = version[0] % 1000 / 10;
    String covariances =
        options.tensorCores() == TensorCores.OFF ? "" : ", covariances in " + options.tensorCores();
    return "CUDA " + major + "." + minor + ", kernels by " + Kernels.build() + covariances;
  }
}
