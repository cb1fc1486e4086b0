/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import java.util.List;
import java.util.Random;

/**
 * The characters that a name may not bring to the terminal: they move the cursor, begin an escape
 * sequence, break the line or turn the direction of what follows. Written down from Unicode's
 * UnicodeData.txt, so that it owes nothing to what is tested, nor to Java's tables.
 */
public final class TerminalCommands {
  private static final int LINE_FEED = '\n';

  /** First and last of each range. Not in it: U+200C and U+200D, which join letters and emoji. */
  private static final int[][] RANGES = {
    // Cc: C0 with escape, backspace and carriage return; delete; C1 with CSI and OSC
    {0x0000, 0x001F},
    {0x007F, 0x009F},
    // Cf: soft hyphen, marks of Arabic and Syriac, of Mongolian
    {0x00AD, 0x00AD},
    {0x0600, 0x0605},
    {0x061C, 0x061C},
    {0x06DD, 0x06DD},
    {0x070F, 0x070F},
    {0x0890, 0x0891},
    {0x08E2, 0x08E2},
    {0x180E, 0x180E},
    // Cf: zero width space; marks, embeddings, overrides and isolates of direction
    {0x200B, 0x200B},
    {0x200E, 0x200F},
    {0x202A, 0x202E},
    {0x2060, 0x2064},
    {0x2066, 0x206F},
    // Zl, Zp: line and paragraph separator
    {0x2028, 0x2029},
    // Cs: halves of surrogate pairs on their own
    {0xD800, 0xDFFF},
    // Noncharacters
    {0xFDD0, 0xFDEF},
    {0xFFFE, 0xFFFF},
    // Cf: byte order mark, interlinear annotation
    {0xFEFF, 0xFEFF},
    {0xFFF9, 0xFFFB},
    // Cf: Kaithi, Egyptian hieroglyphs, shorthand, music, tags
    {0x110BD, 0x110BD},
    {0x110CD, 0x110CD},
    {0x13430, 0x1343F},
    {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A},
    {0xE0001, 0xE0001},
    {0xE0020, 0xE007F},
    {0x10FFFE, 0x10FFFF},
  };

  private TerminalCommands() {}

  /**
   * All in a text but its line feeds.
   *
   * @param printed what a program printed; the caller counts its lines
   * @return as U+001B, in the order of the text
   */
  public static List<String> in(String printed) {
    return printed
        .replace(System.lineSeparator(), "\n")
        .codePoints()
        .filter(c -> c != LINE_FEED && isCommand(c))
        .mapToObj(c -> String.format("U+%04X", c))
        .toList();
  }

  private static boolean isCommand(int codePoint) {
    for (int[] range : RANGES) { // a million times: no stream
      if (codePoint >= range[0] && codePoint <= range[1]) {
        return true;
      }
    }
    return false;
  }

  /**
   * A name full of them, well-formed UTF-16.
   *
   * @param random chooses
   * @return at least one command among letters
   */
  public static String name(Random random) {
    StringBuilder name = new StringBuilder();
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      int[] range = RANGES[random.nextInt(RANGES.length)];
      int command = range[0] + random.nextInt(range[1] - range[0] + 1);
      boolean half = command >= Character.MIN_SURROGATE && command <= Character.MAX_SURROGATE;
      name.append("fc").appendCodePoint(half ? '\u001b' : command);
    }
    return name.append("[2J").toString();
  }
}
