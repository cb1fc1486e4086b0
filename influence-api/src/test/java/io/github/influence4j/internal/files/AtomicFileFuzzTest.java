/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.FuzzBudget;
import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever goes wrong, whenever: the old content or the new one, whole, and nothing beside it. */
class AtomicFileFuzzTest {
  private static final String MODE = "rw-r-----";

  @TempDir private Path folder;

  /** Writes pieces of random lengths and may fail before any of them, in one of three ways. */
  private static boolean write(Path file, byte[] content, Random random) {
    int failing = random.nextBoolean() ? random.nextInt(5) : Integer.MAX_VALUE;
    int way = random.nextInt(3);
    try {
      AtomicFile.write(
          file,
          channel -> {
            int at = 0;
            for (int piece = 0; at < content.length || piece <= 5; piece++) {
              if (piece == failing) {
                fail(way);
              }
              int length = random.nextInt(content.length - at + 1);
              length = piece > 5 ? content.length - at : length;
              assertThat(channel.write(ByteBuffer.wrap(content, at, length))).isEqualTo(length);
              at += length;
            }
          });
      return true;
    } catch (IOException | IllegalStateException | AssertionError e) {
      assertThat(Thread.interrupted()).isEqualTo(way == 2);
      return false;
    }
  }

  private static void fail(int way) throws IOException {
    switch (way) {
      case 0 -> throw new IOException("the source is gone");
      case 1 -> throw new IllegalStateException("a bug");
      default -> Thread.currentThread().interrupt();
    }
  }

  @Test
  void allOrNothing() throws IOException {
    FuzzBudget budget = FuzzBudget.ofSeconds(1.5);
    Path target = Files.createDirectory(folder.resolve("elsewhere")).resolve("target");
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    byte[] current = {};
    Files.write(target, current);
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(MODE));
    for (int round = 0; budget.allows(round); round++) {
      Random random = SeededRandom.at("atomic file", round);
      byte[] content = new byte[random.nextInt(100_000)];
      random.nextBytes(content);
      if (write(random.nextBoolean() ? link : target, content, random)) {
        current = content;
      }
      assertThat(target).as("round %d", round).hasBinaryContent(current);
      assertThat(Files.isSymbolicLink(link)).isTrue();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
          .isEqualTo(MODE);
      try (Stream<Path> files = Files.walk(folder)) {
        assertThat(files.filter(Files::isRegularFile)).containsExactlyInAnyOrder(target, link);
      }
    }
  }
}
