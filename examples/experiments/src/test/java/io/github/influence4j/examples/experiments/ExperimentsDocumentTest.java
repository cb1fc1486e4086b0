/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentsDocumentTest {
  @TempDir private Path folder;

  private ExperimentsDocument document() {
    return new ExperimentsDocument(folder, "experiments", List.of(), "head");
  }

  /** A pipe is refused before the long run, not waited for at its end. */
  @Test
  void refusesADocumentThatIsNoFile() throws Exception {
    Path file = folder.resolve("experiments.md");
    assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThatThrownBy(() -> document().prepare())
                .isInstanceOf(IOException.class)
                .hasMessage(file + ": is a pipe or a device; name a regular file"));
  }

  @Test
  void takesADocumentThatIsThere() throws IOException {
    document().prepare();
    Files.writeString(folder.resolve("experiments.md"), "old");
    document().prepare();
    assertThat(folder.resolve("experiments.md")).hasContent("old");
    assertThat(folder.resolve("experiments")).isDirectory();
  }
}
