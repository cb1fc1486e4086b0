/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library as named modules, in a JVM of its own; all other tests run on the class path. */
class ModulePathTest {
  /** Runs in the other JVM. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      try (Influence influence =
          Influence.builder()
              .layers(LayerSpec.linear("fc", 2, 2))
              .backend(CpuBackendProvider.NAME)
              .build()) {
        System.out.println(Influence.class.getModule() + " " + influence.backend().name());
      }
    }
  }

  @TempDir Path folder;

  @Test
  void findsAndLoadsTheBackend() throws IOException, InterruptedException {
    Path output = folder.resolve("output.txt");
    Process process =
        new ProcessBuilder(command())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(output)).isZero();
    assertThat(Files.readString(output)).contains("module io.github.influence4j.api cpu");
  }

  /** With our jars alone: what we are compiled with is not asked for. */
  @Test
  void compilesAModuleThatRequiresOurs() throws IOException {
    Path descriptor = folder.resolve("module-info.java");
    Path program = folder.resolve("Program.java");
    Files.writeString(
        descriptor,
        "module program { requires io.github.influence4j.api; requires io.github.influence4j.cpu; }");
    Files.writeString(
        program,
        "package program; class Program { io.github.influence4j.Influence influence; "
            + "io.github.influence4j.scoring.ScoreOptions options; }");
    StringWriter said = new StringWriter();
    int code =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                new PrintWriter(said),
                new PrintWriter(said),
                "-Xlint:all",
                "-d",
                folder.toString(),
                "--module-path",
                modulePath(),
                descriptor.toString(),
                program.toString());
    assertThat(code).as(said.toString()).isZero();
    assertThat(said.toString()).doesNotContain("jspecify");
  }

  /** Our libraries and what they run with. */
  private static String modulePath() {
    List<String> modules = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      String name = Path.of(entry).getFileName().toString();
      boolean library = entry.endsWith("classes") && !entry.endsWith("test-classes");
      boolean ours = name.startsWith("influence-") && !name.contains("tests");
      boolean bytedeco = name.startsWith("javacpp-") || name.startsWith("openblas-");
      if (library || ours || bytedeco) {
        modules.add(entry);
      }
    }
    return String.join(File.pathSeparator, modules);
  }

  private static List<String> command() {
    return Arrays.asList(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Dorg.bytedeco.javacpp.cachedir="
            + System.getProperty("org.bytedeco.javacpp.cachedir", "target/javacpp"),
        "--module-path",
        modulePath(),
        "--add-modules",
        "io.github.influence4j.cpu",
        "--patch-module",
        "io.github.influence4j.cpu=target/test-classes",
        "-m",
        "io.github.influence4j.cpu/" + Program.class.getName());
  }
}
