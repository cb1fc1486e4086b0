/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What killed processes leave is deleted by the next writer, what live ones write is not. */
class LeftoversTest {
  @TempDir private Path folder;

  /** Writes a file until it is killed. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws IOException {
      AtomicFile.write(
          Path.of(arguments[0]),
          channel -> {
            channel.write(ByteBuffer.allocate(1000));
            System.out.println("writing");
            try {
              Thread.sleep(Duration.ofMinutes(5).toMillis());
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          });
    }
  }

  private Process writer() throws IOException {
    Process process = Children.start(Writer.class, folder.resolve("report.html").toString());
    assertThat(process.inputReader().readLine()).isEqualTo("writing");
    return process;
  }

  private List<Path> temporaryFiles() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".tmp")).toList();
    }
  }

  @Test
  void ofAKilledProcess() throws Exception {
    Files.writeString(folder.resolve("report.html"), "old");
    Process killed = writer();
    Process alive = writer();
    try {
      List<Path> both = temporaryFiles();
      assertThat(both).hasSize(2);
      killed.destroyForcibly().waitFor();
      assertThat(temporaryFiles()).isEqualTo(both);
      assertThat(folder.resolve("report.html")).hasContent("old");

      AtomicFile.writeText(folder.resolve("another.html"), "new");
      assertThat(temporaryFiles())
          .singleElement()
          .asString()
          .contains("-" + alive.pid() + "-")
          .doesNotContain("-" + killed.pid() + "-");
    } finally {
      alive.destroyForcibly().waitFor();
    }
    AtomicFile.writeText(folder.resolve("report.html"), "new");
    assertThat(temporaryFiles()).isEmpty();
  }

  /** Two threads of one process may write into one folder. */
  @Test
  void ofThisProcessNever() throws IOException {
    AtomicFile.write(
        folder.resolve("outer"),
        outer -> {
          AtomicFile.writeText(folder.resolve("inner"), "inner");
          assertThat(temporaryFiles()).hasSize(1);
          outer.write(ByteBuffer.wrap(new byte[] {1}));
        });
    assertThat(folder.resolve("outer")).hasBinaryContent(new byte[] {1});
    assertThat(temporaryFiles()).isEmpty();
  }

  private Path planted(String machine, long pid, String start, Duration age) throws IOException {
    String name = ".influence4j-%s-%d-%s-%s.tmp".formatted(machine, pid, start, UUID.randomUUID());
    Path file = Files.writeString(folder.resolve(name), "half");
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    return file;
  }

  @Test
  void ofAProcessWhoseNumberAnotherHasNow() throws IOException {
    RunningProcess self = RunningProcess.self();
    Path reused = planted(self.machine(), self.pid(), "1", Duration.ZERO);
    Path ours = planted(self.machine(), self.pid(), self.start(), Duration.ofDays(9));
    AtomicFile.writeText(folder.resolve("report.html"), "new");
    assertThat(reused).doesNotExist();
    assertThat(ours).exists();
  }

  @Test
  void ofOtherMachinesAfterADay() throws IOException {
    Path fresh = planted("abc", 1, "1", Duration.ofHours(23));
    Path abandoned = planted("abc", 1, "1", Duration.ofHours(25));
    AtomicFile.writeText(folder.resolve("report.html"), "new");
    assertThat(fresh).exists();
    assertThat(abandoned).doesNotExist();
  }

  /** Whoever holds the lock is alive, whatever else we think to know. */
  @Test
  void lockedFilesNever() throws Exception {
    Path locked = planted(RunningProcess.self().machine(), 1, "1", Duration.ZERO);
    try (FileChannel channel = FileChannel.open(locked, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
      AtomicFile.writeText(folder.resolve("report.html"), "new");
      assertThat(locked).exists();
    }
    AtomicFile.writeText(folder.resolve("report.html"), "new");
    assertThat(locked).doesNotExist();
  }

  @Test
  void filesOfOthersNever() throws IOException {
    Path mine = Files.writeString(folder.resolve(".influence4j-notes.tmp"), "mine");
    Path folderOfThatName =
        Files.createDirectory(
            folder.resolve(
                ".influence4j-%s-1-1-%s.tmp"
                    .formatted(RunningProcess.self().machine(), UUID.randomUUID())));
    Path target = Files.writeString(folder.resolve("target"), "precious");
    Path link = planted(RunningProcess.self().machine(), 1, "1", Duration.ZERO);
    Files.delete(link);
    Files.createSymbolicLink(link, target);
    AtomicFile.writeText(folder.resolve("report.html"), "new");
    assertThat(mine).exists();
    assertThat(folderOfThatName).exists();
    assertThat(target).hasContent("precious");
    assertThat(link).exists();
  }
}
