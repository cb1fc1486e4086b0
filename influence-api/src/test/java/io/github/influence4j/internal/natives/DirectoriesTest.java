/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Which directories libraries may be loaded from, and what becomes of those left behind. */
@EnabledOnOs(OS.LINUX)
class DirectoriesTest {
  @TempDir Path folder;

  private Path directory(String name, String permissions) throws IOException {
    Path path = Files.createDirectory(folder.resolve(name));
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  @Test
  void oursAlone() throws IOException {
    assertThat(Ownership.problem(directory("ours", "rwx------"))).isNull();
  }

  @Test
  void aModeThatLetsOthersIn() throws IOException {
    Path open = directory("open", "rwxrwxrwx");
    assertThat(Ownership.problem(open)).isEqualTo(open + " has mode rwxrwxrwx, not rwx------");
    assertThat(Ownership.problemOfPath(open)).endsWith("/open can be written to by other users");
    Path readable = directory("readable", "rwxr-xr-x");
    assertThat(Ownership.problem(readable)).contains("rwxr-xr-x");
    assertThat(Ownership.problemOfPath(readable)).isNull();
  }

  @Test
  void aDirectoryThatOthersCanReplace() throws IOException {
    Path open = directory("parent", "rwxrwxrwx");
    Path inside = Files.createDirectory(open.resolve("inside"));
    Files.setPosixFilePermissions(inside, PosixFilePermissions.fromString("rwx------"));
    assertThat(Ownership.problem(inside)).endsWith("/parent can be written to by other users");
  }

  @Test
  void aLink() throws IOException {
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, directory("target", "rwx------"));
    assertThat(Ownership.problem(link)).isEqualTo(link + " is a symbolic link or no directory");
  }

  @Test
  void whatAKilledProcessLeftIsDeletedAndNothingElse() throws IOException {
    Path dead = directory("influence4j-natives-1-dead", "rwx------");
    Files.createFile(dead.resolve("lock"));
    Files.createFile(Files.createDirectory(dead.resolve("deep")).resolve("lib.so"));
    Path starting = directory("influence4j-natives-1-starting", "rwx------");
    Path old = directory("influence4j-natives-1-old", "rwx------");
    Instant before = Instant.now().minus(Duration.ofDays(1));
    Files.setLastModifiedTime(old, FileTime.from(before));
    Path own =
        directory("influence4j-natives-" + ProcessHandle.current().pid() + "-own", "rwx------");
    Files.createFile(own.resolve("lock"));
    Path target = directory("target", "rwx------");
    Files.createFile(target.resolve("lock"));
    Path link = folder.resolve("influence4j-natives-1-link");
    Files.createSymbolicLink(link, target);
    PrivateDirectory.deleteStale(folder);
    assertThat(dead).doesNotExist();
    assertThat(old).doesNotExist();
    assertThat(starting).exists();
    assertThat(own.resolve("lock")).exists();
    assertThat(target.resolve("lock")).exists();
  }
}
