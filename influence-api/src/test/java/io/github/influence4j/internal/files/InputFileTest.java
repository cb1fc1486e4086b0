/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.influence4j.store.Safetensors;
import io.github.influence4j.testing.SpecialFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InputFileTest {
  private static final Duration AT_ONCE = Duration.ofSeconds(20);

  @TempDir Path folder;

  @Test
  void readsAnyPart() throws IOException {
    byte[] all = new byte[200_000];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) (i * 31 + i / 256);
    }
    Path path = Files.write(folder.resolve("all"), all);
    try (InputFile file = InputFile.open(path)) {
      assertThat(file.size()).isEqualTo(all.length);
      for (boolean direct : new boolean[] {false, true}) {
        ByteBuffer part =
            direct ? ByteBuffer.allocateDirect(150_000) : ByteBuffer.allocate(150_000);
        file.read(12_345, part.position(3).limit(149_999));
        for (int i = 3; i < 149_999; i++) {
          assertThat(part.get(i)).isEqualTo(all[12_345 + i - 3]);
        }
      }
    }
  }

  @Test
  void refusesWhatIsNoRegularFileAtOnce() throws Exception {
    for (Path special : SpecialFiles.in(folder)) {
      assertTimeoutPreemptively(
          AT_ONCE,
          () -> {
            assertThatThrownBy(() -> InputFile.open(special))
                .isInstanceOf(FileSystemException.class)
                .hasMessageMatching(
                    ".*is a pipe or a device; name a regular file|.*is a folder; name a file")
                .hasMessageContaining(special.toString());
            assertThatThrownBy(() -> InputFile.text(special)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> Safetensors.open(special)).isInstanceOf(IOException.class);
          });
    }
  }

  @Test
  void filesWithoutASizeAreEmpty() {
    assertTimeoutPreemptively(
        AT_ONCE,
        () -> {
          for (String file : new String[] {"/proc/kmsg", "/proc/self/stat"}) {
            if (Files.exists(Path.of(file))) {
              assertThat(InputFile.text(Path.of(file))).isEmpty();
              assertThatThrownBy(() -> Safetensors.open(Path.of(file)))
                  .hasMessageContaining("has 0 bytes");
            }
          }
        });
  }

  @Test
  void followsLinksToRegularFiles() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "text \u00e4");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    Path second = Files.createSymbolicLink(folder.resolve("second"), link);
    assertThat(InputFile.text(second)).isEqualTo("text \u00e4");
    Files.delete(file);
    assertThatThrownBy(() -> InputFile.open(second))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(second.toString());
  }

  /** All ways to read: small and large parts, direct memory and arrays, at odd places. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, (1 << 16) + 1, (1 << 18) - 1, 1 << 18, 3_000_001})
  void readsEveryByte(int length) throws IOException {
    byte[] content = new byte[3_000_008];
    new Random(1).nextBytes(content);
    Path path = Files.write(folder.resolve("bytes"), content);
    try (InputFile file = InputFile.open(path)) {
      for (int position : new int[] {0, 7}) {
        for (boolean direct : new boolean[] {true, false}) {
          ByteBuffer target =
              direct ? ByteBuffer.allocateDirect(length + 5) : ByteBuffer.allocate(length + 5);
          file.read(position, target.position(2).limit(length + 2));
          assertThat(target.hasRemaining()).isFalse();
          assertThat(target.flip().position(2))
              .isEqualTo(ByteBuffer.wrap(content, position, length));
        }
      }
    }
  }

  /** Interrupts before and while large parts are read, which would close a channel. */
  @Test
  void anInterruptedThreadReadsLargePartsAndClosesNothing() throws Exception {
    byte[] content = new byte[1 << 20];
    Arrays.fill(content, (byte) 3);
    Path path = Files.write(folder.resolve("large"), content);
    try (InputFile file = InputFile.open(path)) {
      AtomicInteger read = new AtomicInteger();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread reader =
          new Thread(
              () -> {
                ByteBuffer target = ByteBuffer.allocateDirect(content.length);
                try {
                  while (read.incrementAndGet() < 300) {
                    target.clear().put(content.length - 1, (byte) 0);
                    Thread.currentThread().interrupt();
                    file.read(0, target);
                    assertThat(target.get(content.length - 1)).isEqualTo((byte) 3);
                    assertThat(Thread.interrupted()).isTrue();
                  }
                } catch (IOException | RuntimeException | Error e) {
                  failure.set(e);
                }
              });
      reader.start();
      while (reader.isAlive()) {
        reader.interrupt();
        file.read(0, ByteBuffer.allocateDirect(content.length));
      }
      assertThat(failure.get()).isNull();
      assertThat(read).hasValue(300);
    }
  }

  @Test
  void namesWhatIsShortened() throws IOException {
    Path path = Files.write(folder.resolve("short"), new byte[100_000]);
    try (InputFile file = InputFile.open(path);
        FileChannel other = FileChannel.open(path, StandardOpenOption.WRITE)) {
      other.truncate(10);
      for (ByteBuffer target :
          new ByteBuffer[] {ByteBuffer.allocate(100_000), ByteBuffer.allocateDirect(1 << 20)}) {
        assertThatThrownBy(() -> file.read(0, target))
            .isInstanceOf(IOException.class)
            .hasMessageContaining(path + ": became shorter than 100000 bytes while it was read");
      }
      file.read(0, ByteBuffer.allocate(10));
    }
  }

  @Test
  void refusesTextThatIsNotUtf8() throws IOException {
    Path path = Files.write(folder.resolve("latin"), new byte[] {'a', (byte) 0xe4, 'b'});
    assertThatThrownBy(() -> InputFile.text(path)).isInstanceOf(CharacterCodingException.class);
  }

  @Test
  void refusesFilesInArchives() throws IOException {
    Path archive = folder.resolve("archive.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(archive))) {
      out.putNextEntry(new ZipEntry("inside"));
    }
    try (var files = FileSystems.newFileSystem(archive, Map.of())) {
      assertThatThrownBy(() -> InputFile.open(files.getPath("inside")))
          .isInstanceOf(FileSystemException.class)
          .hasMessage("inside: is inside an archive or the like; copy it to a folder");
    }
  }

  @Test
  void saysThatItIsClosed() throws IOException {
    Path path = Files.write(folder.resolve("closed"), new byte[1]);
    InputFile file = InputFile.open(path);
    file.close();
    file.close();
    assertThatThrownBy(() -> file.read(0, ByteBuffer.allocate(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("File \"" + path + "\" already closed");
  }
}
