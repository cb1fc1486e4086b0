/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The letters by which byte-level tokenizers write bytes: printable ones are themselves, the others
 * follow from U+0100 on.
 */
final class ByteLetters {
  private static final int BYTES = 256;
  private static final char[] LETTERS = letters();

  private ByteLetters() {}

  private static char[] letters() {
    char[] letters = new char[BYTES];
    int others = 0;
    for (int value = 0; value < BYTES; value++) {
      letters[value] = printable(value) ? (char) value : (char) (BYTES + others++);
    }
    return letters;
  }

  private static boolean printable(int value) {
    return (value >= '!' && value <= '~') || (value >= 0xa1 && value != 0xad);
  }

  /** All of them, by the value of their byte. */
  static List<String> all() {
    List<String> all = new ArrayList<>();
    for (char letter : LETTERS) {
      all.add(String.valueOf(letter));
    }
    return all;
  }

  /** Values of the bytes of a text. */
  static int[] values(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] values = new int[bytes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes[i] & 0xff;
    }
    return values;
  }
}
