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
import io.github.influence4j.cuda.device.MemoryLocator;
import io.github.influence4j.cuda.device.Releases;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.cuda.spread.Gpu;
import io.github.influence4j.cuda.spread.SpreadBackend;
import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import java.util.ArrayList;
import java.util.List;
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
    return availability(List.of());
  }

  @Override
  public Availability availability(List<Integer> devices) {
    return CudaProbe.availability(devices);
  }

  /** Four fifths of what is free on the GPU; of several, of the fullest, times their number. */
  @Override
  public OptionalLong defaultMaxMemory(BackendOptions options) {
    List<Integer> devices = CudaSettings.devices(options.devices());
    return devices.stream()
        .mapToLong(device -> DeviceContext.of(device).on(FreeMemory::ask).budget() * devices.size())
        .min();
  }

  @Override
  public ComputeBackend create(BackendOptions options) {
    return create(options, Tuning.DEFAULT);
  }

  /** For tests, with other thresholds. */
  static ComputeBackend create(BackendOptions options, Tuning tuning) {
    Availability availability = CudaProbe.availability(options.devices());
    if (!availability.available()) {
      throw new IllegalStateException(
          "Backend \"" + NAME + "\" is unavailable: " + availability.detail());
    }
    List<Integer> devices = CudaSettings.devices(options.devices());
    if (devices.size() == 1) {
      return backend(devices.get(0), options, tuning, availability.detail());
    }
    BackendOptions share =
        options
            .withMaxMemory(options.maxMemory() / devices.size())
            .withThreads(Math.max(1, options.threads() / devices.size()));
    List<Gpu> gpus = new ArrayList<>();
    try {
      Tuning alike = tuning; // the first decides, so that all round alike
      for (int device : devices) {
        CudaBackend backend = backend(device, share, alike, availability.detail());
        gpus.add(new Gpu(device, backend));
        alike = alike.withBlasFrom(backend.blasFrom());
      }
      BackendDescription description =
          description(
              options, availability.detail(), gpus.get(0).backend().description().library());
      return new SpreadBackend(gpus, new MemoryLocator(devices.get(0)), description);
    } catch (RuntimeException e) {
      Releases releases = new Releases();
      gpus.forEach(gpu -> releases.run(gpu.backend()::close));
      releases.addTo(e);
      throw e;
    }
  }

  private static CudaBackend backend(
      int device, BackendOptions options, Tuning tuning, String detail) {
    Engine engine = new Engine(device, options, tuning);
    try {
      String library = engine.locked(() -> library(options));
      return new CudaBackend(engine, description(options, detail, library));
    } catch (RuntimeException e) {
      Releases releases = new Releases();
      releases.run(engine::close);
      releases.addTo(e);
      throw e;
    }
  }

  private static BackendDescription description(
      BackendOptions options, String detail, String library) {
    return new BackendDescription(NAME, detail, library, options.precision(), options.threads());
  }

  private static String library(BackendOptions options) {
    int[] version = new int[1];
    CudaException.check(cudart.cudaRuntimeGetVersion(version), "cudaRuntimeGetVersion");
    int major = version[0] / 1000;
    int minor = version[0] % 1000 / 10;
    String products =
        options.tensorCores() == TensorCores.OFF ? "" : ", products in " + options.tensorCores();
    return "CUDA " + major + "." + minor + ", kernels by " + Kernels.build() + products;
  }
}
