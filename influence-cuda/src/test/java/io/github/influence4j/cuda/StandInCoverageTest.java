/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.UnfoldKernel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cusolver;
import org.junit.jupiter.api.Test;

/**
 * Calling a function that a library lacks ends the process without an exception, so what our
 * classes call must be in the presets and in the stand-ins.
 */
final class StandInCoverageTest {
  private static final String PRESETS = "org/bytedeco/cuda/global/";
  private static final List<String> LIBRARIES =
      List.of("libcuda.so.1", "libcudart.so.13", "libcublas.so.13", "libcusolver.so.12");

  private static Set<String> called() throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.walk(mainClasses())) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        names.addAll(ClassReferences.methods(file, PRESETS));
      }
    }
    return names;
  }

  static Path mainClasses() {
    String file = CudaBackend.class.getSimpleName() + ".class";
    try {
      Path directory = Path.of(CudaBackend.class.getResource(file).toURI()).getParent();
      return directory.getParent().getParent().getParent().getParent();
    } catch (java.net.URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** Functions that a library defines. */
  private static Set<String> defined(Path library) throws IOException {
    Process nm =
        new ProcessBuilder("nm", "-D", "--defined-only", library.toString())
            .redirectErrorStream(true)
            .start();
    try (InputStream out = nm.getInputStream()) {
      String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines()
          .map(line -> line.substring(line.lastIndexOf(' ') + 1).replaceAll("@.*", ""))
          .collect(Collectors.toSet());
    }
  }

  @Test
  void standInsHaveWhatIsCalled() throws IOException {
    Set<String> defined = new TreeSet<>();
    for (String library : LIBRARIES) {
      defined.addAll(defined(StandIns.library(library)));
    }
    // The driver's header gives some functions a newer version's name.
    defined.addAll(defined.stream().map(name -> name.replaceAll("_v2$", "")).toList());
    assertThat(called()).hasSizeGreaterThan(25);
    assertThat(defined).containsAll(called());
  }

  @Test
  void presetsHaveWhatIsCalled() throws IOException {
    Set<String> declared =
        Stream.of(cudart.class, cublas.class, cusolver.class)
            .flatMap(preset -> Arrays.stream(preset.getMethods()))
            .map(java.lang.reflect.Method::getName)
            .collect(Collectors.toSet());
    assertThat(declared).containsAll(called());
  }

  @Test
  void standInKernelsHaveWholeHeader() throws IOException {
    Set<String> declared =
        Stream.of(Kernels.class, UnfoldKernel.class)
            .flatMap(bound -> Arrays.stream(bound.getDeclaredMethods()))
            .map(method -> method.getAnnotation(org.bytedeco.javacpp.annotation.Name.class))
            .filter(name -> name != null)
            .map(name -> name.value()[0])
            .collect(Collectors.toSet());
    assertThat(declared).hasSizeGreaterThan(20);
    assertThat(defined(StandIns.library("libinfluence_cuda.so"))).containsAll(declared);
  }
}
