/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
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

  /** Finds out once, when first asked. */
  private static final class Natives {
    static final Availability AVAILABILITY = probe();

    private static Availability probe() {
      String platform = Loader.getPlatform();
      if (!platform.equals("linux-x86_64")) {
        return Availability.no(
            "the CPU kernels are built for linux-x86_64, this is "
                + platform
                + "; use the reference backend");
      }
      try {
        int version = Kernels.abiVersion();
        if (version != Kernels.ABI_VERSION) {
          return Availability.no(
              "the kernels have ABI version "
                  + version
                  + ", expected "
                  + Kernels.ABI_VERSION
                  + "; use jars of influence-native of one version");
        }
        openblas.blas_set_num_threads(1);
        return Availability.yes(Isa.select() + ", " + library());
      } catch (LinkageError | RuntimeException e) {
        return Availability.no(
            causes(e)
                + "; add the linux-x86_64 artifacts of javacpp and openblas of the version that"
                + " influence-native depends on, and check that they are intact");
      }
    }

    private static String causes(Throwable error) {
      StringBuilder text = new StringBuilder("the native libraries do not load: ");
      for (Throwable cause = error; cause != null; cause = cause.getCause()) {
        text.append(cause == error ? "" : ", because of ").append(cause);
      }
      return text.toString();
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
    return Natives.AVAILABILITY;
  }

  @Override
  public ComputeBackend create(BackendOptions options) {
    Availability availability = availability();
    if (!availability.available()) {
      throw new IllegalStateException("Backend cpu is unavailable: " + availability.detail());
    }
    return new CpuBackend(Isa.select(), library(), options);
  }

  private static String library() {
    return openblas.OPENBLAS_VERSION.strip();
  }
}
