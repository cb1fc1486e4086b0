/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksummedFileTest {
  @TempDir private Path folder;

  private byte[] written(Path file, int length) throws IOException {
    byte[] content = new byte[length];
    SeededRandom.at("checksum", length).nextBytes(content);
    ChecksummedFile.write(file, length, temporary -> Files.write(temporary, content));
    return Files.readAllBytes(file);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 1 << 20, (1 << 20) + 1})
  void everyFlippedBitAndEveryCutIsSeen(int length) throws IOException {
    Path file = folder.resolve("checkpoint.pt");
    byte[] whole = written(file, length);
    assertThatCode(() -> ChecksummedFile.verify(file)).doesNotThrowAnyException();
    Random random = SeededRandom.at("damage", length);
    for (int i = 0; i < 20; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(7));
      Files.write(file, damaged);
      assertThatThrownBy(() -> ChecksummedFile.verify(file)).hasMessageStartingWith(file + ": ");
      Files.write(file, Arrays.copyOf(whole, random.nextInt(whole.length)));
      assertThatThrownBy(() -> ChecksummedFile.verify(file)).hasMessageStartingWith(file + ": ");
    }
  }

  @Test
  void whatIsNoneOfOurs() throws IOException {
    Path file = Files.writeString(folder.resolve("checkpoint.pt"), "no weights");
    assertThatThrownBy(() -> ChecksummedFile.verify(file))
        .hasMessage(file + ": is cut off or was written by another program");
    assertThatThrownBy(() -> ChecksummedFile.verify(folder))
        .hasMessage(folder + ": is a folder; name a file");
  }
}
