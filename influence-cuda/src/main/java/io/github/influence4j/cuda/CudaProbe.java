/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.CudaSettings;
import io.github.influence4j.cuda.device.DeviceContext;
import io.github.influence4j.cuda.device.DriverAnswer;
import io.github.influence4j.cuda.device.KernelLibrary;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.internal.natives.JavaCppCache;
import io.github.influence4j.internal.natives.LoadFailures;
import io.github.influence4j.internal.natives.NativeLoadException;
import io.github.influence4j.spi.Availability;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cusolver;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether the backend can run, touching one thing after the other: driver, device, kernel
 * library, NVIDIA's libraries, architecture. Asked once a JVM for each list of devices.
 */
final class CudaProbe {
  private static final String DRIVER = "libcuda.so.1";

  /**
   * What CUDA says of kernels without code for the device, or with PTX alone that its driver cannot
   * compile: invalid device function, kernel image or PTX, no kernel image, no compiler, PTX of a
   * newer version, no compiling allowed.
   */
  private static final Set<Integer> NO_CODE = Set.of(98, 200, 209, 218, 221, 222, 223);

  private CudaProbe() {}

  private static final Map<List<Integer>, Availability> ANSWERS = new ConcurrentHashMap<>();

  /**
   * Asks, or remembers.
   *
   * @param named numbers of GPUs; empty for those of the settings
   */
  static Availability availability(List<Integer> named) {
    try {
      return ANSWERS.computeIfAbsent(CudaSettings.devices(named), CudaProbe::probe);
    } catch (IllegalArgumentException e) {
      return Availability.faulty(e.getMessage() + "."); // of the settings
    }
  }

  private static Availability probe(List<Integer> devices) {
    List<DriverAnswer> drivers = new ArrayList<>();
    try {
      JavaCppCache.prepare(Loader.class, () -> Loader.getCacheDir().toPath());
      devices.forEach(device -> drivers.add(DriverAnswer.of(DRIVER, device)));
    } catch (LinkageError | NativeLoadException e) {
      return Availability.faulty(LoadFailures.reason(e) + ".");
    }
    for (DriverAnswer driver : drivers) {
      if (driver.problem() != null) {
        return driver.absent()
            ? Availability.no(driver.problem() + ".")
            : Availability.faulty(driver.problem() + ".");
      }
    }
    String problem = KernelLibrary.problem();
    if (problem == null) {
      problem = loadingProblem();
    }
    for (int i = 0; problem == null && i < drivers.size(); i++) {
      problem = architectureProblem(devices.get(i), drivers.get(i));
    }
    return problem == null
        ? Availability.yes(named(devices, drivers))
        : Availability.faulty(problem + ".");
  }

  /** A GPU as its driver calls it; several with their numbers. */
  private static String named(List<Integer> devices, List<DriverAnswer> drivers) {
    if (devices.size() == 1) {
      return drivers.get(0).device();
    }
    return IntStream.range(0, devices.size())
        .mapToObj(i -> "GPU " + devices.get(i) + ": " + drivers.get(i).device())
        .collect(Collectors.joining("; "));
  }

  private static @Nullable String loadingProblem() {
    try {
      Loader.load(cudart.class);
      Loader.load(cublas.class);
      Loader.load(cusolver.class);
    } catch (LinkageError e) {
      return "a CUDA library is missing ("
          + deepestText(e)
          + "); install the CUDA 13 toolkit, or set"
          + " -Dorg.bytedeco.javacpp.platform.linkpath to where its libraries are";
    }
    try {
      // After the presets: the kernels then use the CUDA runtime that these loaded.
      KernelLibrary.load();
      int version = Kernels.abiVersion();
      return version == Kernels.ABI_VERSION
          ? null
          : "the kernel library has version "
              + version
              + ", this jar needs "
              + Kernels.ABI_VERSION
              + "; take both of one build";
    } catch (LinkageError | NativeLoadException e) {
      return "the kernel library cannot be loaded (" + LoadFailures.reason(e) + ")";
    }
  }

  private static @Nullable String architectureProblem(int device, DriverAnswer driver) {
    try {
      int code = DeviceContext.of(device).on(Kernels::usable);
      return code == 0 ? null : unusable(code, driver.device());
    } catch (CudaException e) {
      return unusable(e.getMessage());
    }
  }

  /** Why kernels cannot run on a device. */
  static String unusable(int code, String device) {
    String reason = CudaException.of("infl_cuda_usable", code).getMessage();
    return NO_CODE.contains(code)
        ? "the kernels were not compiled for "
            + device
            + " ("
            + Kernels.build()
            + "; "
            + reason
            + "); build influence-cuda on this machine, or install a newer driver"
        : unusable(reason);
  }

  private static String unusable(@Nullable String reason) {
    return "the GPU cannot be used, " + reason + "; check nvidia-smi";
  }

  /** The text of the first cause: what the dynamic loader said. */
  static String deepestText(Throwable error) {
    Throwable deepest = error;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    String text = deepest.getMessage();
    return text == null ? deepest.toString() : text;
  }
}
