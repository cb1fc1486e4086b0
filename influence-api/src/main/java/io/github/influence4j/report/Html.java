/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import io.github.influence4j.internal.text.VisibleText;
import java.util.Locale;

/** Text from outside, made harmless: nothing in it is markup, and nothing in it is invisible. */
final class Html {
  private Html() {}

  /** Longer ones would be the page. */
  private static final int LONGEST_LABEL = 500;

  private static final int LONGEST_TOKEN = 2000;

  /** For the page's title, where there can be no elements. */
  static String plain(String text) {
    StringBuilder html = new StringBuilder();
    text.codePoints()
        .forEach(c -> html.append(VisibleText.isVisible(c) || isSpace(c) ? escaped(c) : name(c)));
    return html.toString();
  }

  /** For names of examples, queries and layers: cut where they are very long. */
  static String label(String text) {
    return text(cut(text, LONGEST_LABEL));
  }

  /** The beginning of a long text, and how much follows. */
  static String cut(String text, int longest) {
    if (text.length() <= longest) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(longest - 1)) ? longest - 1 : longest;
    return text.substring(0, end) + "… (" + (text.length() - end) + " characters more)";
  }

  /** For running text: white space as it is. */
  static String text(String text) {
    StringBuilder html = new StringBuilder();
    text.codePoints().forEach(c -> html.append(isSpace(c) ? escaped(c) : visible(c)));
    return html.toString();
  }

  /** What a token takes on the page, about, in characters of markup. */
  static int size(String text) {
    return 60 + Math.min(text.length(), LONGEST_TOKEN);
  }

  /** For tokens: white space gets a mark from the style sheet, so that a copy is the true text. */
  static String token(String text) {
    StringBuilder html = new StringBuilder();
    cut(text, LONGEST_TOKEN)
        .codePoints()
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
    return VisibleText.isVisible(c) ? escaped(c) : "<i class=x>" + name(c) + "</i>";
  }

  private static boolean isSpace(int c) {
    return c == ' ' || c == '\t' || c == '\n';
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
