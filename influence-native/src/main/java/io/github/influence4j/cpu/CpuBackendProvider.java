/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Isa;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.internal.natives.JavaCppCache;
import io.github.influence4j.internal.natives.LoadFailures;
import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;

/**
 * The CPU backend {@code cpu}: C++ kernels for SSE2, AVX2 and AVX-512, chosen at run time, and
 * LAPACK from OpenBLAS. Linux on x86-64.
 *
 * <p>OpenBLAS is set to one thread a call, for the whole process: the backend has threads of its
 * own, and OpenBLAS's wait for each other in a loop, which collapses on a machine that does other
 * work.
 *
 * <p>The system property {@code influence4j.cpu.isa} ({@code baseline}, {@code avx2} or {@code
 * avx512}) caps the instruction set.
 */
public final class CpuBackendProvider implements BackendProvider {
  static final String NAME = "cpu";

  private static final String JAVACPP = "/org/bytedeco/javacpp/linux-x86_64/libjnijavacpp.so";
  private static final String OPENBLAS = "/org/bytedeco/openblas/linux-x86_64/libopenblas.so.0";

  /** Whether the libraries can be used; finds out once, when first asked. */
  private static final class Natives {
    static final Availability AVAILABILITY = probe();

    private static Availability probe() {
      String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
      if (!system.equals("Linux on amd64")) {
        return Availability.no(
            "the CPU kernels are built for Linux on amd64, this is "
                + system
                + "; use the reference backend");
      }
      try {
        JavaCppCache.prepare(Loader.class, CpuBackendProvider::javaCppDirectory);
        JavaCppCache.verify(
            openblas.class.getResource(OPENBLAS), CpuBackendProvider::javaCppDirectory);
        JavaCppCache.verify(
            Loader.class.getResource(JAVACPP), CpuBackendProvider::javaCppDirectory);
        int version = Kernels.abiVersion();
        if (version != Kernels.ABI_VERSION) {
          return Availability.faulty(
              "the kernels have ABI version "
                  + version
                  + ", expected "
                  + Kernels.ABI_VERSION
                  + "; use jars of influence-native of one version");
        }
        openblas.blas_set_num_threads(1);
        return Availability.yes(library());
      } catch (LinkageError | RuntimeException e) {
        return Availability.faulty(LoadFailures.reason(e));
      }
    }
  }

  /** For the service loader. */
  public CpuBackendProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public Availability availability() {
    Availability natives = Natives.AVAILABILITY;
    if (!natives.available()) {
      return natives;
    }
    try {
      return Availability.yes(Isa.select() + ", " + natives.detail());
    } catch (IllegalArgumentException e) {
      return natives; // A slip of the user's, which whoever opens the backend is told.
    }
  }

  @Override
  public ComputeBackend create(BackendOptions options) {
    Availability availability = availability();
    if (!availability.available()) {
      throw new IllegalStateException("Backend cpu is unavailable: " + availability.detail());
    }
    Isa isa = Isa.select();
    return new CpuBackend(
        new Engine(isa, options),
        new BackendDescription(
            NAME, isa.toString(), library(), options.precision(), options.threads()));
  }

  private static Path javaCppDirectory() throws IOException {
    return Loader.getCacheDir().toPath();
  }

  private static String library() {
    return openblas.OPENBLAS_VERSION.strip();
  }
}
