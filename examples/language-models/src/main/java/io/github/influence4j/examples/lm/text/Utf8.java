/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

/** Borders of characters among UTF-8 bytes. */
final class Utf8 {
  private Utf8() {}

  /** Bytes up to the last character that is complete; all of them where the rest is no UTF-8. */
  static int completeLength(byte[] bytes) {
    for (int back = 1; back <= Math.min(3, bytes.length); back++) {
      int start = bytes.length - back;
      int value = bytes[start] & 0xff;
      if (value >= 0xc0) {
        return characterLength(value) > back ? start : bytes.length;
      }
      if (value < 0x80) {
        return bytes.length;
      }
    }
    return bytes.length;
  }

  private static int characterLength(int firstByte) {
    if (firstByte >= 0xf0) {
      return 4;
    }
    return firstByte >= 0xe0 ? 3 : 2;
  }
}
