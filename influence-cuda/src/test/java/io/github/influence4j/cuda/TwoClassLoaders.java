/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program that computes in two class loaders, as two applications of one server do. */
public final class TwoClassLoaders {
  private TwoClassLoaders() {}

  public static void main(String[] arguments) throws Exception {
    List<URL> ours = new ArrayList<>();
    List<URL> common = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      boolean theirs = Boolean.getBoolean("test.shared") && entry.contains("bytedeco");
      (theirs ? common : ours).add(Path.of(entry).toUri().toURL());
    }
    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader parent = new URLClassLoader(common.toArray(URL[]::new), platform);
        URLClassLoader first = new URLClassLoader(ours.toArray(URL[]::new), parent);
        URLClassLoader second = new URLClassLoader(ours.toArray(URL[]::new), parent)) {
      Object backend = method(first, "backend").invoke(null);
      method(second, "compute", Object.class, String.class)
          .invoke(null, method(second, "backend").invoke(null), "second");
      method(first, "compute", Object.class, String.class).invoke(null, backend, "first");
    }
  }

  private static Method method(ClassLoader loader, String name, Class<?>... parameters)
      throws Exception {
    return loader.loadClass(TwoClassLoaders.class.getName()).getMethod(name, parameters);
  }

  /** Called by its name. */
  public static Object backend() {
    return new CudaBackendProvider().create(BackendOptions.of(Precision.F64, 1));
  }

  /** Called by its name; a conversion by a kernel, and a copy back. */
  public static void compute(Object made, String name) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    try (ComputeBackend backend = (ComputeBackend) made;
        BackendTensor tensor = backend.upload(TensorView.of(new float[] {2}, 1, 1))) {
      out.println(name + ": " + tensor.toDoubles()[0]);
    }
  }
}
