/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.internal.natives.NativeLibraries;
import java.io.File;
import java.net.URL;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds {@code libinfluence_cuda.so}, the kernels. */
public final class KernelLibrary {
  private static final String LIBRARY = "libinfluence_cuda.so";

  private KernelLibrary() {}

  /** Why there are no kernels to load, null if there are. */
  public static @Nullable String problem() {
    String path = System.getProperty(CudaSettings.KERNELS);
    if (path != null) {
      return new File(path).isFile() ? null : "-D" + CudaSettings.KERNELS + ": no file " + path;
    }
    return resource() == null
        ? "built without CUDA kernels; build influence-cuda where nvcc 13 is found"
        : null;
  }

  /**
   * Loads them. What links to a library of this name afterwards gets this one.
   *
   * @throws UnsatisfiedLinkError with the loader's text, for a library that the user named
   * @throws io.github.influence4j.internal.natives.NativeLoadException for that of the jar
   */
  public static void load() {
    String path = System.getProperty(CudaSettings.KERNELS);
    if (path != null) {
      NativeLibraries.loadFile(Path.of(path).toAbsolutePath(), file -> System.load(file));
    } else {
      NativeLibraries.load(KernelLibrary.class, LIBRARY, file -> System.load(file));
    }
  }

  private static @Nullable URL resource() {
    return KernelLibrary.class.getResource("linux-x86_64/" + LIBRARY);
  }
}
