/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.FuzzBudget;
import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged safetensors files: each opens and then gives or refuses by name every tensor it has, or
 * is refused with a text that names it; nothing else ever happens.
 */
final class SafetensorsFuzzTest {
  private static final String VALID =
      "{\"__metadata__\":{\"k\":\"v\",\"\\u00e4\":\"\"},"
          + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":[1e3,{\"b\":null}]},"
          + "\"b\":{\"dtype\":\"I64\",\"shape\":[1,1],\"data_offsets\":[8,16]},"
          + "\"c\":{\"shape\":[3,2],\"data_offsets\":[16,22],\"dtype\":\"F8_E4M3\"},"
          + "\"d\":{\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[22,24]}}";
  private static final int DATA = 24;
  private static final String[] PIECES = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "0",
    "-1",
    "1e9",
    "null",
    "true",
    "\\",
    "\\ud800",
    " ",
    "\"dtype\"",
    "\"shape\"",
    "\"data_offsets\"",
    "\"__metadata__\"",
    "F64",
    "U8",
    "9223372036854775807"
  };

  @TempDir Path folder;

  @Test
  void survivesRandomDamage() throws IOException {
    byte[] valid = TestFiles.bytes(VALID, new byte[DATA]);
    Path file = folder.resolve("damaged");
    Files.write(file, valid);
    try (Safetensors tensors = Safetensors.open(file)) {
      readAll(tensors);
    }
    FuzzBudget budget = FuzzBudget.ofSeconds(8);
    int opened = 0;
    int round = 0;
    for (; budget.allows(round); round++) {
      Files.write(file, damage(valid, SeededRandom.at("safetensors", round)));
      try (Safetensors tensors = Safetensors.open(file)) {
        readAll(tensors);
        opened++;
      } catch (InvalidSafetensorsException e) {
        assertThat(e).hasMessageStartingWith("File \"" + file + "\": ");
      }
    }
    System.out.println("damaged safetensors: " + opened + " of " + round + " still open");
  }

  private static byte[] damage(byte[] valid, Random random) {
    if (random.nextInt(2) == 0) {
      return TestFiles.bytes(pieces(random), new byte[DATA]);
    }
    byte[] damaged = valid.clone();
    for (int flips = random.nextInt(4); flips >= 0; flips--) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
    }
    return random.nextInt(4) == 0
        ? Arrays.copyOf(damaged, random.nextInt(damaged.length + 16))
        : damaged;
  }

  /** A header with pieces of headers in the place of some of its text. */
  private static byte[] pieces(Random random) {
    StringBuilder header = new StringBuilder(VALID);
    for (int changes = random.nextInt(3); changes >= 0; changes--) {
      int start = random.nextInt(header.length());
      int end = Math.min(header.length(), start + random.nextInt(3));
      header.replace(start, end, PIECES[random.nextInt(PIECES.length)]);
    }
    return header.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void readAll(Safetensors tensors) {
    for (String name : tensors.names()) {
      DType type = tensors.dtype(name);
      try {
        if (type.integer()) {
          assertThat(tensors.longs(name)).isNotNull();
        } else {
          assertThat(tensors.tensor(name).toDoubles()).isNotNull();
        }
      } catch (IllegalArgumentException e) {
        boolean unused = type.elementType() == null && !type.integer();
        assertThat(e)
            .hasMessageContaining("tensor ")
            .hasMessageContaining(unused ? "which is not computed with" : "more than");
      }
    }
  }
}
