/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.text;

/** Code points, as the tokenizer counts, and characters, as Java does. */
final class Surrogates {
  private static final char REPLACEMENT = '\uFFFD';

  private Surrogates() {}

  /** The text with each surrogate that lacks its partner replaced: there is no UTF-8 of it. */
  static String whole(String text) {
    StringBuilder out = null;
    for (int i = 0; i < text.length(); i++) {
      int point = text.codePointAt(i);
      if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        out = out == null ? new StringBuilder(text) : out;
        out.setCharAt(i, REPLACEMENT);
      } else if (Character.isSupplementaryCodePoint(point)) {
        i++;
      }
    }
    return out == null ? text : out.toString();
  }

  /** Where each code point begins, and the end. */
  static int[] places(String text) {
    int points = text.codePointCount(0, text.length());
    int[] out = new int[points + 1];
    for (int i = 0; i < points; i++) {
      out[i + 1] = out[i] + Character.charCount(text.codePointAt(out[i]));
    }
    return out;
  }
}
