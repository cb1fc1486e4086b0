/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.File;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users' machines that lack something, each played by a Java process of its own. */
final class UnavailableTest {
  @TempDir Path directory;

  private String reason(String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(
        List.of("-cp", System.getProperty("java.class.path"), ForcedBackend.class.getName()));
    return run(arguments);
  }

  private String run(List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dorg.bytedeco.javacpp.cachedir=" + directory);
    command.add("-Duser.language=en"); // levels of log lines
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", directory.toString());
    Process process = builder.start();
    try (InputStream out = process.getInputStream()) {
      String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(text).isZero();
      return text;
    }
  }

  /** Our modules and JavaCPP's; the rest of the class path is not modular or not needed. */
  private static String modulePath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(
            entry -> {
              String name = Path.of(entry).getFileName().toString();
              boolean ours = name.startsWith("influence-") && !name.contains("tests");
              boolean bytedeco = name.startsWith("javacpp-") || name.startsWith("cuda-");
              return ours || bytedeco || name.equals("classes");
            })
        .collect(Collectors.joining(File.pathSeparator));
  }

  @Test
  void theModulePathWorks() throws Exception {
    assumeFalse(StandIns.real(), "this machine has a driver");
    List<String> arguments =
        List.of(
            "--module-path",
            modulePath(),
            "--add-modules",
            "io.github.influence4j.cuda",
            "--patch-module",
            "io.github.influence4j.cuda=target/test-classes",
            "-m",
            "io.github.influence4j.cuda/" + ForcedBackend.class.getName());
    assertThat(run(arguments)).contains("Backend \"cuda\" is unavailable: no NVIDIA driver");
  }

  @Test
  void devicesThatAreNamedAreNotReplacedByAnotherBackend() throws Exception {
    assumeFalse(StandIns.real(), "this machine has a driver");
    assertThat(reason("-Dtest.default=true", "-Dtest.device=1"))
        .contains("No backend for devices [1]. Found: cuda (unavailable: no NVIDIA driver (");
  }

  private void install(String file) throws Exception {
    Files.copy(StandIns.library(file), directory.resolve(file));
  }

  @Test
  void forcingTheBackendWithoutADriverGivesTheReason() throws Exception {
    assumeFalse(StandIns.real(), "this machine has a driver");
    assertThat(reason())
        .contains("Backend \"cuda\" is unavailable: no NVIDIA driver (libcuda.so.1: cannot open");
  }

  @Test
  void withoutAForcedNameAnotherBackendIsTakenAndNamedInOneLine() throws Exception {
    assumeFalse(StandIns.real(), "this machine has a driver");
    assertThat(reason("-Dtest.default=true"))
        .containsOnlyOnce("INFO: ")
        .containsOnlyOnce("INFO: Influence4J backend: reference");
  }

  /** What {@code mvn package} makes where there is no nvcc. */
  @Test
  void aJarWithoutKernelsSaysSo() throws Exception {
    install("libcuda.so.1");
    Path built = StandInCoverageTest.mainClasses();
    Path without = directory.resolve("classes");
    try (Stream<Path> files = Files.walk(built)) {
      for (Path file : files.filter(f -> !f.endsWith("libinfluence_cuda.so")).toList()) {
        Files.copy(file, without.resolve(built.relativize(file).toString()));
      }
    }
    String path =
        System.getProperty("java.class.path").replace(built.toString(), without.toString());
    assertThat(run(List.of("-cp", path, ForcedBackend.class.getName())))
        .contains(
            "Backend \"cuda\" is unavailable: built without CUDA kernels; build influence-cuda where"
                + " nvcc 13 is found.");
  }

  @Test
  void anotherKernelLibraryMustExist() throws Exception {
    install("libcuda.so.1");
    assertThat(reason("-Dinfluence4j.cuda.kernels=/nowhere/libinfluence_cuda.so"))
        .contains("-Dinfluence4j.cuda.kernels: no file /nowhere/libinfluence_cuda.so");
  }

  @Test
  void aMissingLibraryIsNamedInTheLoadersWords() throws Exception {
    assumeFalse(StandIns.real(), "this machine may have all libraries");
    install("libcuda.so.1");
    install("libcudart.so.13");
    assertThat(
            reason(
                "-Dinfluence4j.cuda.kernels=" + StandIns.library("libinfluence_cuda.so"),
                "-Dorg.bytedeco.javacpp.platform.linkpath=" + directory))
        .contains("a CUDA library is missing (")
        .contains("libcublas")
        .contains("cannot open shared object file")
        .contains("install the CUDA 13 toolkit");
  }

  @Test
  void anArchitectureThatTheKernelsLackIsNamed() throws Exception {
    assumeFalse(StandIns.real(), "this machine has all libraries");
    for (String library : StandIns.CUDA) {
      install(library);
    }
    assertThat(
            reason(
                "-Dinfluence4j.cuda.kernels=" + StandIns.library("libinfluence_cuda-other.so"),
                "-Dorg.bytedeco.javacpp.platform.linkpath=" + directory))
        .contains("the kernels were not compiled for CUDA stand-in (no GPU), sm_80 (stand-in: ")
        .contains("infl_cuda_usable returned 209: ")
        .contains("); build influence-cuda on this machine, or install a newer driver.");
  }

  /**
   * Code for other architectures, or PTX alone: of a newer CUDA, damaged, or without a compiler.
   */
  @ParameterizedTest
  @ValueSource(ints = {98, 200, 209, 218, 221, 222, 223})
  void eachCodeForKernelsWithoutCodeSaysWhatToDo(int code) {
    Scenario.assumeAvailable();
    assertThat(CudaProbe.unusable(code, "GPU"))
        .startsWith("the kernels were not compiled for GPU (")
        .contains("infl_cuda_usable returned " + code + ": ")
        .endsWith("); build influence-cuda on this machine, or install a newer driver");
  }

  @Test
  void otherCodesAreTheGpus() {
    Scenario.assumeAvailable();
    assertThat(CudaProbe.unusable(2, "GPU"))
        .startsWith("the GPU cannot be used, infl_cuda_usable returned 2: ")
        .endsWith("; check nvidia-smi");
  }

  /** Two applications of one server, with JavaCPP and its presets in common or each its own. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void severalClassLoadersComputeAtOnce(boolean shared) throws Exception {
    assumeFalse(StandIns.real(), "stand-ins take the place of CUDA");
    for (String library : StandIns.CUDA) {
      install(library);
    }
    List<String> arguments = new ArrayList<>();
    arguments.add("-Dinfluence4j.cuda.kernels=" + StandIns.library("libinfluence_cuda.so"));
    arguments.add("-Dorg.bytedeco.javacpp.platform.linkpath=" + directory);
    arguments.add("-Djava.io.tmpdir=" + directory);
    arguments.add("-Duser.home=" + directory);
    arguments.add("-Dtest.shared=" + shared);
    arguments.add("-Dinfluence4j.cuda.blasFrom=128"); // stand-ins have no speed to measure
    arguments.addAll(
        List.of("-cp", System.getProperty("java.class.path"), TwoClassLoaders.class.getName()));
    assertThat(run(arguments)).contains("first: 2.0").contains("second: 2.0");
  }
}
