/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.text;

import java.util.Locale;

/**
 * What a reader can see of a text, and the rest by its number: control characters move the cursor
 * and command the terminal, others change the direction of what follows or have no picture.
 */
public final class VisibleText {
  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private VisibleText() {}

  /**
   * Whether a character can be shown as it is. Joiners shape scripts and emoji, so they can
   * although they have no picture.
   *
   * @param codePoint any, also half of a surrogate pair
   * @return false for control, format and unassigned characters, line separators and halves of
   *     surrogate pairs
   */
  public static boolean isVisible(int codePoint) {
    if (codePoint == ZERO_WIDTH_JOINER || codePoint == ZERO_WIDTH_NON_JOINER) {
      return true;
    }
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  /**
   * A text as one line.
   *
   * @param text any
   * @return the same where every character is visible, the others as Java writes them in a string,
   *     such as {@code \n} or {@code \u001b}
   */
  public static String line(String text) {
    if (text.codePoints().allMatch(VisibleText::isVisible)) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    text.codePoints().forEach(c -> out.append(isVisible(c) ? Character.toString(c) : escape(c)));
    return out.toString();
  }

  /**
   * A character as Java writes it in a string.
   *
   * @param codePoint any
   * @return ASCII characters that start with a backslash
   */
  public static String escape(int codePoint) {
    return switch (codePoint) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> {
        StringBuilder out = new StringBuilder();
        for (char unit : Character.toChars(codePoint)) {
          out.append(String.format(Locale.ROOT, "\\u%04x", (int) unit));
        }
        yield out.toString();
      }
    };
  }
}
