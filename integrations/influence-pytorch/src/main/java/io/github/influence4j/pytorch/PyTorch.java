/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.internal.natives.JavaCppCache;
import io.github.influence4j.internal.natives.LoadFailures;
import io.github.influence4j.internal.natives.NativeLoadException;
import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.ClassProperties;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** PyTorch's native libraries. */
public final class PyTorch {
  private static final String LIBRARY = "jnitorch";

  private PyTorch() {}

  /**
   * Loads PyTorch. Call it before you use anything of PyTorch: JavaCPP alone takes a directory that
   * other users can guess if the home cannot be written to, and kills the JVM (SIGBUS) if another
   * one is unpacking PyTorch, or was killed while it did. {@link Taps} and what is built on them
   * call it. Does nothing if PyTorch is loaded.
   *
   * @throws IllegalStateException if it cannot be loaded; says why and how to mend it
   */
  public static void load() {
    if (Loader.getLoadedLibraries().containsKey(LIBRARY)) {
      return;
    }
    try {
      JavaCppCache.prepare(Loader.class, () -> Loader.getCacheDir().toPath());
      unpack();
      Loader.load(torch.class);
    } catch (IOException | LinkageError | NativeLoadException e) {
      throw new IllegalStateException("PyTorch cannot be used: " + LoadFailures.reason(e), e);
    }
  }

  /**
   * Unpacks all libraries before one is loaded. JavaCPP unpacks and loads one after the other,
   * libtorch before libtorch_cpu that it needs; the system then maps what there is of that, which
   * another process may still be writing. Unpacking waits for the process that does it.
   */
  private static void unpack() throws IOException {
    ClassProperties preset = Loader.loadProperties(torch.class, Loader.loadProperties(), true);
    List<String> libraries = new ArrayList<>(preset.get("platform.preload"));
    libraries.addAll(preset.get("platform.link"));
    libraries.addAll(preset.get("platform.library"));
    for (String library : libraries) {
      for (URL found : Loader.findLibrary(torch.class, preset, library)) {
        // What is installed on the system is loaded from where it is.
        if (!found.getProtocol().equals("file")) {
          Loader.cacheResource(found);
        }
      }
    }
  }
}
