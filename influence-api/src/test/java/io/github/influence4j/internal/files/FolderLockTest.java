/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
  @TempDir private Path folder;

  /** Holds a folder until it is killed. */
  static final class Holder {
    private Holder() {}

    @SuppressWarnings("try") // the lock is held, not used
    public static void main(String[] arguments) throws Exception {
      try (FolderLock lock = FolderLock.take(Path.of(arguments[0]))) {
        System.out.println("holding");
        Thread.sleep(Duration.ofMinutes(5).toMillis());
      } catch (FileSystemException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private String refusal() {
    try {
      FolderLock.take(folder).close();
      return "";
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  @Test
  void anotherProcessIsToldWhoHasIt() throws Exception {
    Process holder = Children.start(Holder.class, folder.toString());
    try {
      assertThat(holder.inputReader().readLine()).startsWith("holding");
      for (int i = 0; i < 3; i++) { // asking does not give it away
        assertThat(refusal())
            .startsWith(folder + ": is in use by process " + holder.pid() + " on ")
            .contains(" since 20", "; wait until that run has ended, stop it, or name another");
      }
    } finally {
      holder.destroyForcibly().waitFor();
    }
    assertThat(refusal()).as("after kill -9").isEmpty();
  }

  @Test
  void thisProcessToo() throws Exception {
    Path link =
        Files.createSymbolicLink(folder.resolveSibling(folder.getFileName() + "-l"), folder);
    try (FolderLock lock = FolderLock.take(folder)) {
      assertThat(lock).isNotNull();
      assertThat(refusal()).contains("is in use by this process");
      assertThatThrownBy(() -> FolderLock.take(link)).hasMessageStartingWith(link + ": is in use");
      // Our own refused attempts have not given the lock away.
      Process other = Children.start(Holder.class, folder.toString());
      assertThat(other.inputReader().readLine())
          .contains("is in use by process " + ProcessHandle.current().pid());
      other.destroyForcibly().waitFor();
    }
    assertThat(refusal()).isEmpty();
    Files.delete(link);
  }

  @Test
  void foldersThatCannotBeLocked() throws IOException {
    assertThatThrownBy(() -> FolderLock.take(folder.resolve("missing")))
        .isInstanceOf(NoSuchFileException.class);
    Path lock = Files.createDirectory(folder.resolve(".influence4j.lock"));
    assertThat(refusal()).isEqualTo(lock + ": is not a lock file; remove it");
  }
}
