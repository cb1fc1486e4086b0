/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.Locale;

/** Text from outside, made harmless: nothing in it is markup, and nothing in it is invisible. */
final class Html {
  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private Html() {}

  /** For the page's title, where there can be no elements. */
  static String plain(String text) {
    StringBuilder html = new StringBuilder();
    text.codePoints().forEach(c -> html.append(isVisible(c) || isSpace(c) ? escaped(c) : name(c)));
    return html.toString();
  }

  /** For labels and the like: white space as it is. */
  static String text(String text) {
    StringBuilder html = new StringBuilder();
    text.codePoints().forEach(c -> html.append(isSpace(c) ? escaped(c) : visible(c)));
    return html.toString();
  }

  /** For tokens: white space gets a mark from the style sheet, so that a copy is the true text. */
  static String token(String text) {
    StringBuilder html = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case ' ' -> html.append("<i> </i>");
                case '\t' -> html.append("<i class=t>\t</i>");
                case '\n' -> html.append("<i class=n></i>\n");
                default -> html.append(visible(c));
              }
            });
    return html.toString();
  }

  private static String visible(int c) {
    return isVisible(c) ? escaped(c) : "<i class=x>" + name(c) + "</i>";
  }

  private static boolean isSpace(int c) {
    return c == ' ' || c == '\t' || c == '\n';
  }

  /** Joiners shape scripts and emoji, so they stay although they have no picture. */
  private static boolean isVisible(int c) {
    if (c == ZERO_WIDTH_JOINER || c == ZERO_WIDTH_NON_JOINER) {
      return true;
    }
    return switch (Character.getType(c)) {
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

  /** No control pictures: few fonts have them. */
  private static String name(int c) {
    return String.format(Locale.ROOT, "U+%04X", c);
  }

  private static String escaped(int c) {
    return switch (c) {
      case '&' -> "&amp;";
      case '<' -> "&lt;";
      case '>' -> "&gt;";
      case '"' -> "&quot;";
      case '\'' -> "&#39;";
      default -> Character.toString(c);
    };
  }
}
