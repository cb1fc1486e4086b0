/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.influence4j.testing.ChildJvm;
import io.github.influence4j.testing.SpecialFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

  /** A umask that leaves the owner nothing: home and directory for temporary files stay usable. */
  @Test
  void aUmaskThatTakesAll() throws Exception {
    Path home = directory("home", "rwx------");
    List<String> command = new ArrayList<>(List.of("sh", "-c", "umask 0777 && exec \"$@\"", "sh"));
    command.addAll(
        ChildJvm.command(
            List.of("-Duser.home=" + home, "-Djava.io.tmpdir=" + home), DirectoriesTest.class));
    assertThat(ChildJvm.output(command)).contains("0 rwx------", "1 rwx------", "2 rwx------");
    assertThat(mode(home.resolve(".cache"))).isEqualTo("rwx------");
    assertThat(mode(home.resolve(".cache/influence4j"))).isEqualTo("rwx------");
  }

  /** Prints the modes of the directories that are made. */
  public static void main(String[] arguments) throws IOException {
    NativeCache cache = NativeCache.find();
    Path chosen = cache.temporary().resolve("chosen/by/user");
    OwnerOnly.directories(chosen);
    List<Path> made = List.of(cache.temporary(), chosen, chosen.getParent());
    for (int i = 0; i < made.size(); i++) {
      System.out.println(i + " " + mode(made.get(i)));
    }
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  /** File systems of FUSE may refuse that. */
  @Test
  void aModeThatIsRightIsNotSet() throws Exception {
    Path file = Files.createTempFile(folder, "ours", "");
    Object before = Files.getAttribute(file, "unix:ctime");
    Thread.sleep(20);
    OwnerOnly.file(file);
    assertThat(Files.getAttribute(file, "unix:ctime")).isEqualTo(before);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    OwnerOnly.file(file);
    assertThat(mode(file)).isEqualTo("rw-------");
  }

  /** Which nobody writes to or reads from, so that opening it would wait for ever. */
  @Test
  void aPipeInPlaceOfTheLockIsNotWaitedFor() throws Exception {
    Path young = directory("influence4j-natives-1-young", "rwx------");
    Path old = directory("influence4j-natives-1-old", "rwx------");
    for (Path directory : List.of(young, old)) {
      SpecialFiles.pipe(directory.resolve("lock"));
    }
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
    assertTimeoutPreemptively(Duration.ofSeconds(60), () -> PrivateDirectory.deleteStale(folder));
    assertThat(young).exists();
    assertThat(old).doesNotExist();
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
