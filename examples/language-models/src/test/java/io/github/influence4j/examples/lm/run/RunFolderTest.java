/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  private static final Map<String, String> RUN = Map.of("text", "gr\u00fcn", "seed", "1");

  @TempDir private Path folder;

  private void require(Map<String, String> run) throws IOException {
    try (RunFolder mine = new RunFolder(folder)) {
      mine.require(run);
    }
  }

  @Test
  void knowsItsRun() throws IOException {
    require(RUN);
    require(RUN);
    assertThatThrownBy(() -> require(Map.of("text", "gr\u00fcn", "seed", "2")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds another run, with seed 1, not 2");
  }

  @Test
  void refusesADamagedDescription() throws IOException {
    Path description = folder.resolve("run.properties");
    for (byte[] damaged :
        new byte[][] {{'a', (byte) 0xe4}, "a=\\u12".getBytes(StandardCharsets.US_ASCII)}) {
      Files.write(description, damaged);
      assertThatThrownBy(() -> require(RUN))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("run.properties, is damaged. Delete it");
    }
  }

  /** A pipe is refused, not waited for. */
  @Test
  void refusesADescriptionThatIsNoFile() throws Exception {
    Path description = folder.resolve("run.properties");
    assertThat(new ProcessBuilder("mkfifo", description.toString()).start().waitFor()).isZero();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThatThrownBy(() -> require(RUN))
                .isInstanceOf(IOException.class)
                .hasMessage(description + ": is a pipe or a device; name a regular file"));
  }
}
