/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TextFilesTest {
  @TempDir Path folder;
  private Path pipe;

  @BeforeEach
  void makePipe() throws Exception {
    pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
  }

  @Test
  void refusesPipesAndDevices() {
    for (Path special : List.of(pipe, Path.of("/dev/zero"))) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(60),
          () ->
              assertThatThrownBy(() -> TextFiles.documents(special))
                  .isInstanceOf(IOException.class)
                  .hasMessage(special + ": is a pipe or a device; name a regular file"));
    }
  }

  @Test
  void passesOverPipesInFolders() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "words");
    Files.createSymbolicLink(folder.resolve("link"), text);
    List<Document> documents =
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> TextFiles.documents(folder));
    assertThat(documents).extracting(Document::text).containsExactly("words", "words");
  }

  @Test
  void namesFilesThatAreNotUtf8() throws IOException {
    Path latin = Files.write(folder.resolve("latin"), new byte[] {'a', (byte) 0xe4, 'b'});
    assertThatThrownBy(() -> TextFiles.documents(latin))
        .isInstanceOf(IOException.class)
        .hasMessage(latin + " is not UTF-8 text; convert it, or leave it out.");
  }
}
