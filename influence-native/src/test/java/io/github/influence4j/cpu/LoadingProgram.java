/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;

/** A program that uses the library, with a name for each thing that it may do first. */
public final class LoadingProgram {
  private LoadingProgram() {}

  public static void main(String[] arguments) throws Exception {
    String first = arguments.length == 0 ? "" : arguments[0];
    if (first.equals("javacpp")) {
      System.out.println("JavaCPP uses " + Loader.getCacheDir());
    }
    if (first.equals("loaders")) {
      twoClassLoaders();
      return;
    }
    use(first.equals("forced"));
    mapped().forEach(file -> System.out.println("mapped " + file));
  }

  /** Also called by its name, in other class loaders. */
  public static void use(boolean forced) {
    Influence.Builder builder = Influence.builder().layers(LayerSpec.linear("fc", 2, 2)).threads(1);
    try (Influence influence = builder.backend(forced ? "cpu" : null).build()) {
      System.out.println("backend " + influence.backend());
    } catch (IllegalStateException e) {
      System.out.println("refused " + e.getMessage());
    }
  }

  static List<String> mapped() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines
          .filter(line -> line.contains("jniKernels") || line.contains("copy-"))
          .map(line -> line.substring(line.indexOf('/')))
          .distinct()
          .toList();
    }
  }

  /** JavaCPP and OpenBLAS in the parent, as in an application server; ours in each application. */
  private static void twoClassLoaders() throws Exception {
    List<URL> ours = new ArrayList<>();
    List<URL> shared = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      boolean theirs = entry.contains("bytedeco");
      (theirs ? shared : ours).add(Path.of(entry).toUri().toURL());
    }
    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader parent = new URLClassLoader(shared.toArray(URL[]::new), platform)) {
      useIn(ours, parent, 2);
      for (int i = 0; i < 100 && !mapped().isEmpty(); i++) {
        System.gc();
        Thread.sleep(20);
      }
      System.out.println("left " + mapped().size());
    }
  }

  private static void useIn(List<URL> ours, ClassLoader parent, int applications) throws Exception {
    List<URLClassLoader> loaders = new ArrayList<>();
    for (int i = 0; i < applications; i++) {
      URLClassLoader loader = new URLClassLoader(ours.toArray(URL[]::new), parent);
      loaders.add(loader);
      loader
          .loadClass(LoadingProgram.class.getName())
          .getMethod("use", boolean.class)
          .invoke(null, true);
    }
    System.out.println("mapped by two " + mapped().size());
    for (URLClassLoader loader : loaders) {
      loader.close();
    }
  }
}
