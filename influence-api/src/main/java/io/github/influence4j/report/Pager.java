/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Pages of a long list or text, one of which is shown. Each is an element whose attribute {@code
 * data-label} says what it is.
 */
final class Pager {
  private final String name;
  private final Parts parts;
  private final int first;
  private final StringBuilder numbers = new StringBuilder();
  private final List<String> shown = new ArrayList<>();
  private int count;

  /** Shows page {@code first}, counted from 0. */
  Pager(String name, Parts parts, int first) {
    this.name = name;
    this.parts = parts;
    this.first = first;
  }

  void add(String page) {
    numbers.append(count > 0 ? " " : "");
    if (count == first) {
      shown.add(page);
      numbers.append('-');
    } else {
      numbers.append(parts.keep(page));
    }
    count++;
  }

  /** Buttons where there is more than one page, then the page. */
  void append(StringBuilder html, String label) {
    if (count > 1) {
      html.append("<p class=pager role=group aria-label=\"Pages of ").append(name);
      html.append("\" hidden data-page=").append(first).append(" data-parts=\"").append(numbers);
      html.append("\"><button type=button data-step=-1");
      html.append(first == 0 ? " aria-disabled=true" : "").append(">Previous</button> ");
      html.append("<button type=button data-step=1");
      html.append(first == count - 1 ? " aria-disabled=true" : "").append(">Next</button> ");
      html.append("<span role=status>").append(label).append("</span></p>\n");
    }
    shown.forEach(html::append);
  }

  /** Such as "Tokens 1 to 2,000 of 10,000". */
  static String label(String things, int from, int to, int of) {
    return things
        + " "
        + Numbers.grouped(from + 1)
        + " to "
        + Numbers.grouped(to)
        + " of "
        + Numbers.grouped(of);
  }
}
