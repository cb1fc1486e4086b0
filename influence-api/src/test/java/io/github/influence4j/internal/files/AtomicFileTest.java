/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.testing.Mounts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is there before and after, and what the error says in between. */
class AtomicFileTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("report.html");
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static void setMode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static void assertFiles(Path folder, Path... expected) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(expected);
    }
  }

  /** Nothing of the temporary file's name, in the whole chain of what a user may see. */
  private static void assertRefused(Path named, String reason, ThrowingCallable write) {
    assertThatThrownBy(write)
        .isInstanceOfAny(FileSystemException.class, ClosedByInterruptException.class)
        .hasMessageStartingWith(named + ": ")
        .hasMessageContaining(reason)
        .hasMessageNotContaining(".influence4j-");
  }

  @Test
  void createsAndReplaces() throws IOException {
    AtomicFile.writeText(file, "first");
    assertThat(file).hasContent("first");
    AtomicFile.writeText(file, "größer");
    assertThat(file).hasContent("größer");
    AtomicFile.write(file, channel -> channel.write(ByteBuffer.wrap(new byte[] {1, 2})));
    assertThat(file).hasBinaryContent(new byte[] {1, 2});
    assertFiles(folder, file);
  }

  @Test
  void aNewFileHasTheUsualMode() throws IOException {
    Path usual = Files.writeString(folder.resolve("usual"), "");
    AtomicFile.writeText(file, "new");
    assertThat(mode(file)).isEqualTo(mode(usual));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-r-----", "rw-rw-rw-", "rwxr-xr-x", "rw-rw----"})
  void aReplacedFileKeepsItsMode(String mode) throws IOException {
    Files.writeString(file, "old");
    setMode(file, mode);
    AtomicFile.writeText(file, "new");
    assertThat(mode(file)).isEqualTo(mode);
    assertThat(file).hasContent("new");
  }

  /** While it is written nobody else can read it, whatever the umask. */
  @Test
  void aSecretIsNeverOpen() throws IOException {
    Files.writeString(file, "old");
    setMode(file, "rw-------");
    AtomicFile.write(
        file,
        channel -> {
          try (Stream<Path> files = Files.list(folder)) {
            assertThat(files)
                .hasSize(2)
                .allSatisfy(each -> assertThat(mode(each)).isEqualTo("rw-------"));
          }
        });
  }

  @Test
  void aReplacedFileKeepsOwnerAndGroupWhereWeMaySetThem() throws IOException {
    Files.writeString(file, "old");
    GroupPrincipal group;
    try {
      group =
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName("1");
      Files.getFileAttributeView(file, PosixFileAttributeView.class).setGroup(group);
      Files.getFileAttributeView(file, FileOwnerAttributeView.class)
          .setOwner(
              folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("1"));
    } catch (IOException e) {
      assumeTrue(false, "only the superuser gives files away");
      return;
    }
    setMode(file, "rw-r-----");
    AtomicFile.writeText(file, "new");
    PosixFileAttributes after = Files.readAttributes(file, PosixFileAttributes.class);
    assertThat(after.group()).isEqualTo(group);
    assertThat(after.owner().getName()).isIn("1", "daemon", "bin");
    assertThat(mode(file)).isEqualTo("rw-r-----");
  }

  @Test
  void aLinkStaysALink() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    Path target = Files.writeString(other.resolve("target"), "old");
    setMode(target, "rw-r-----");
    Path relative = Files.createSymbolicLink(folder.resolve("relative"), Path.of("other/target"));
    Path chain = Files.createSymbolicLink(file, relative);
    AtomicFile.writeText(chain, "new");
    assertThat(Files.isSymbolicLink(chain)).isTrue();
    assertThat(Files.isSymbolicLink(relative)).isTrue();
    assertThat(Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)).isTrue();
    assertThat(target).hasContent("new");
    assertThat(mode(target)).isEqualTo("rw-r-----");
    assertFiles(folder, other, relative, chain);
    assertFiles(other, target);
  }

  @Test
  void aLinkToNothingGetsItsTarget() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    Path linked = Files.createSymbolicLink(folder.resolve("linked"), other);
    Path upwards = Files.createSymbolicLink(other.resolve("upwards"), Path.of("../target"));
    // Through a linked folder, where ".." is that of the folder itself.
    AtomicFile.writeText(linked.resolve("upwards"), "new");
    assertThat(folder.resolve("target")).hasContent("new");
    assertThat(Files.isSymbolicLink(upwards)).isTrue();

    Path nowhere = Files.createSymbolicLink(file, folder.resolve("missing/target"));
    assertRefused(nowhere, "its folder does not exist", () -> AtomicFile.writeText(nowhere, ""));
    assertThat(Files.isSymbolicLink(nowhere)).isTrue();
  }

  @Test
  void linksInACircle() throws IOException {
    Files.createSymbolicLink(file, folder.resolve("b"));
    Files.createSymbolicLink(folder.resolve("b"), file);
    assertRefused(file, "links lead in a circle", () -> AtomicFile.writeText(file, ""));
  }

  @Test
  void otherHardLinksKeepTheOldContent() throws IOException {
    Files.writeString(file, "old");
    Path second = Files.createLink(folder.resolve("second"), file);
    AtomicFile.writeText(file, "new");
    assertThat(second).hasContent("old");
    assertThat(file).hasContent("new");
  }

  @Test
  void whatIsNoFile() throws Exception {
    Path taken = Files.createDirectory(folder.resolve("taken"));
    assertRefused(taken, "is a folder; name a file", () -> AtomicFile.writeText(taken, ""));
    Path pipe = folder.resolve("pipe");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no mkfifo");
    assertRefused(pipe, "is a pipe or a device", () -> AtomicFile.writeText(pipe, ""));
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("/dev/null"));
    for (Path device : new Path[] {Path.of("/dev/null"), link}) {
      assertRefused(device, "is a pipe or a device", () -> AtomicFile.writeText(device, ""));
    }
    assertThat(Files.readAttributes(Path.of("/dev/null"), PosixFileAttributes.class).isOther())
        .isTrue();
    assertFiles(folder, taken, pipe, link);
  }

  @Test
  void foldersThatCannotBeUsed() throws IOException {
    Path missing = folder.resolve("missing/report.html");
    assertThatThrownBy(() -> AtomicFile.writeText(missing, ""))
        .isInstanceOf(NoSuchFileException.class);
    assertRefused(missing, "its folder does not exist", () -> AtomicFile.writeText(missing, ""));
    Path under = Files.writeString(file, "a file").resolve("report.html");
    assertRefused(under, "Not a directory", () -> AtomicFile.writeText(under, ""));
    Path locked = Files.createDirectory(folder.resolve("locked"));
    setMode(locked, "r-xr-xr-x");
    assumeTrue(!Files.isWritable(locked), "the superuser writes everywhere");
    Path inside = locked.resolve("report.html");
    assertThatThrownBy(() -> AtomicFile.writeText(inside, ""))
        .isInstanceOf(AccessDeniedException.class);
    assertRefused(inside, "its folder cannot be written", () -> AtomicFile.writeText(inside, ""));
  }

  @Test
  void aWriteProtectedFileIsNotReplaced() throws IOException {
    Files.writeString(file, "old");
    setMode(file, "r--r--r--");
    if (Files.isWritable(file)) { // the superuser
      AtomicFile.writeText(file, "new");
      assertThat(mode(file)).isEqualTo("r--r--r--");
      return;
    }
    assertRefused(file, "it is write-protected", () -> AtomicFile.writeText(file, "new"));
    assertThat(file).hasContent("old");
  }

  @Test
  void namesThatAreTooLong() throws IOException {
    Path longest = folder.resolve("x".repeat(255));
    AtomicFile.writeText(longest, "fits");
    assertThat(longest).hasContent("fits");
    Path longer = folder.resolve("x".repeat(256));
    assertRefused(longer, "File name too long", () -> AtomicFile.writeText(longer, ""));
    assertFiles(folder, longest);
  }

  /** What a long computation asks before it starts. */
  @Test
  void checksAhead() throws IOException {
    AtomicFile.check(file);
    assertThat(file).doesNotExist();
    assertRefused(folder, "is a folder", () -> AtomicFile.check(folder));
    Path missing = folder.resolve("missing/report.html");
    assertRefused(missing, "its folder does not exist", () -> AtomicFile.check(missing));
  }

  @Test
  void renames() throws IOException {
    Path name = Files.writeString(folder.resolve("name"), "old");
    AtomicFile.rename(file, name); // nothing to rename
    assertThat(name).hasContent("old");
    Files.writeString(file, "new");
    AtomicFile.rename(file, name);
    assertThat(name).hasContent("new");
    assertFiles(folder, name);
  }

  @Test
  void contentThatFails() throws IOException {
    Files.writeString(file, "old");
    IOException failure = new IOException("the model is gone");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    channel -> {
                      channel.write(ByteBuffer.allocate(10));
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThat(file).hasContent("old");
    assertFiles(folder, file);
  }

  @Test
  void anInterruptedWriteSaysSo() throws IOException {
    Files.writeString(file, "old");
    Thread.currentThread().interrupt();
    assertRefused(file, "writing was interrupted", () -> AtomicFile.writeText(file, "new"));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(file).hasContent("old");
    assertFiles(folder, file);
  }

  @Test
  void aFullDisk() throws Exception {
    try (Mounts disk = Mounts.tmpfs(Files.createDirectory(folder.resolve("disk")), "64k")) {
      Path report = disk.folder().resolve("report.html");
      AtomicFile.writeText(report, "old");
      assertRefused(
          report,
          "No space left on device",
          () -> AtomicFile.writeText(report, "x".repeat(1 << 17)));
      assertThat(report).hasContent("old");
      assertFiles(disk.folder(), report);
      AtomicFile.writeText(report, "new");
      assertThat(report).hasContent("new");
    }
  }

  @Test
  void aDiskThatCannotBeWritten() throws Exception {
    try (Mounts disk = Mounts.tmpfs(Files.createDirectory(folder.resolve("disk")), "64k")) {
      Path old = Files.writeString(disk.folder().resolve("old"), "old");
      disk.readOnly();
      for (Path report : new Path[] {old, disk.folder().resolve("new")}) {
        assertRefused(report, "Read-only file system", () -> AtomicFile.writeText(report, "new"));
      }
      assertThat(old).hasContent("old");
    }
  }

  /** As containers do it: a single file mounted from outside. */
  @Test
  void aMountedFile() throws Exception {
    Files.writeString(file, "old");
    Path source = Files.writeString(folder.resolve("source"), "outside");
    try (Mounts mounted = Mounts.bind(source, file)) {
      assertRefused(file, "mount its folder instead", () -> AtomicFile.writeText(file, "new"));
      assertThat(mounted.folder()).hasContent("outside");
    }
    assertFiles(folder, file, source);
  }

  @Test
  void aLinkIntoAnotherFileSystem() throws Exception {
    try (Mounts disk = Mounts.tmpfs(Files.createDirectory(folder.resolve("disk")), "64k")) {
      Path target = disk.folder().resolve("target");
      Files.createSymbolicLink(file, target);
      AtomicFile.writeText(file, "first");
      AtomicFile.writeText(file, "second");
      assertThat(target).hasContent("second");
      assertThat(Files.isSymbolicLink(file)).isTrue();
      assertFiles(disk.folder(), target);
    }
  }
}
