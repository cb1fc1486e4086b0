/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.ElfFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What goes into the jar: our libraries, and nothing that only looks like CUDA. */
final class MainJarTest {
  private static List<Path> libraries() throws IOException {
    try (Stream<Path> files = Files.walk(StandInCoverageTest.mainClasses())) {
      return files.filter(file -> file.getFileName().toString().endsWith(".so")).toList();
    }
  }

  @Test
  void holdsNoStandIn() throws IOException {
    assertThat(libraries())
        .extracting(file -> file.getFileName().toString())
        .contains("libjniCudaDriver.so", "libjniKernels.so")
        .isSubsetOf("libjniCudaDriver.so", "libjniKernels.so", "libinfluence_cuda.so");
    for (Path library : libraries()) {
      String text = Files.readString(library, StandardCharsets.ISO_8859_1);
      assertThat(text)
          .as(library.toString())
          .doesNotContain("stand-in", "standin", "infl_emulator");
    }
  }

  @Test
  void librariesAreHardenedAndHaveTheirHash() throws IOException {
    for (Path library : libraries()) {
      assertThat(ElfFile.weaknesses(library)).as(library.toString()).isEmpty();
      assertThat(library.resolveSibling(library.getFileName() + ".sha256")).isRegularFile();
    }
  }

  @Test
  void librariesNameNoDirectoryOfTheBuild() throws IOException {
    Path module = StandIns.library("").getParent().getParent();
    for (Path library : libraries()) {
      String text = Files.readString(library, StandardCharsets.ISO_8859_1);
      assertThat(text).as(library.toString()).doesNotContain(module.toString());
    }
  }
}
