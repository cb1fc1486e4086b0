/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/** Finds {@code libinfluence_cuda.so}, the kernels. */
final class KernelLibrary {
  private static final String RESOURCE = "linux-x86_64/libinfluence_cuda.so";

  private KernelLibrary() {}

  /** Why there are no kernels to load, null if there are. */
  static @Nullable String problem() {
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
   * @throws UnsatisfiedLinkError with the loader's text
   */
  static void load() {
    String path = System.getProperty(CudaSettings.KERNELS);
    System.load(path != null ? new File(path).getAbsolutePath() : extracted());
  }

  private static String extracted() {
    try {
      File file = Loader.cacheResource(resource());
      if (file != null) {
        return file.getAbsolutePath();
      }
      throw new UnsatisfiedLinkError("cannot extract " + RESOURCE);
    } catch (IOException e) {
      throw (UnsatisfiedLinkError)
          new UnsatisfiedLinkError("cannot extract " + RESOURCE).initCause(e);
    }
  }

  private static @Nullable URL resource() {
    return KernelLibrary.class.getResource(RESOURCE);
  }
}
