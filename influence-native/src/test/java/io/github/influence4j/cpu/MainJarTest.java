/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.ElfFile;
import io.github.influence4j.testing.MainJarContract;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes into the jar. */
class MainJarTest extends MainJarContract {
  private static final Path FOLDER =
      Path.of("target/classes/io/github/influence4j/cpu/memory/linux-x86_64");

  MainJarTest() {
    super("native-test");
  }

  @Test
  void holdsOneLibraryAndItsHash() throws Exception {
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("libjniKernels.so", "libjniKernels.so.sha256");
    }
  }

  /** The check sees what is wrong: with JavaCPP's own library, as it is distributed. */
  @Test
  void othersAreNot(@TempDir Path folder) throws Exception {
    Path library = folder.resolve("libjnijavacpp.so");
    String name = "/org/bytedeco/javacpp/linux-x86_64/libjnijavacpp.so";
    try (InputStream in = Loader.class.getResourceAsStream(name)) {
      Files.copy(in, library);
    }
    assertThat(ElfFile.weaknesses(library)).containsExactly("a path of libraries", "no BIND_NOW");
  }
}
