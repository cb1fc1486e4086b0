/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.ArrayList;
import java.util.List;

/**
 * What a large page does not show from the start. A browser lays out a megabyte of markup at once;
 * the rest stands in comments at the end of the page, which cost it nothing, and the page's script
 * puts each in its place when the reader asks for it.
 */
final class Parts {
  /** Characters of markup that are laid out from the start. */
  static final int SHOWN_AT_ONCE = 800_000;

  private final List<String> later = new ArrayList<>();
  private int left = SHOWN_AT_ONCE;

  /** Whether so much more markup may be shown from the start; it is counted then. */
  boolean fits(int characters) {
    if (characters > left) {
      return false;
    }
    left -= characters;
    return true;
  }

  /** Keeps one element or more for later and returns their number. */
  int keep(String markup) {
    later.add(markup);
    return later.size() - 1;
  }

  boolean isEmpty() {
    return later.isEmpty();
  }

  /** Nothing of ours ends a comment, and in texts every angle bracket is escaped. */
  void append(StringBuilder html) {
    html.append("<div id=parts hidden>");
    later.forEach(markup -> html.append("<!--").append(markup).append("-->"));
    html.append("</div>\n");
  }
}
