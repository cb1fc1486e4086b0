/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.Locale;

/** The frame of a plot: axes, ticks and their names. */
final class Plot {
  static final int WIDTH = 480;
  static final int HEIGHT = 240;

  private Plot() {}

  static void open(StringBuilder html, String name) {
    html.append("<figure><svg viewBox=\"-52 -14 ").append(WIDTH + 72).append(' ');
    html.append(HEIGHT + 62).append("\" role=img aria-label=\"").append(name).append("\">");
  }

  static void xTick(StringBuilder html, double x, String text) {
    html.append(
        String.format(
            Locale.ROOT,
            "<path class=grid d=\"M%1$.1f 0V%2$d\"/>"
                + "<text x=%1$.1f y=%3$d text-anchor=middle>%4$s</text>",
            x,
            HEIGHT,
            HEIGHT + 18,
            text));
  }

  static void yTick(StringBuilder html, double y, String text) {
    html.append(
        String.format(
            Locale.ROOT,
            "<path class=grid d=\"M0 %1$.1fH%2$d\"/>"
                + "<text x=-8 y=%3$.1f text-anchor=end>%4$s</text>",
            y,
            WIDTH,
            y + 4,
            text));
  }

  static void close(StringBuilder html, String xName, String caption) {
    html.append("<text class=name x=").append(WIDTH / 2).append(" y=").append(HEIGHT + 40);
    html.append(" text-anchor=middle>").append(xName).append("</text></svg><figcaption>");
    html.append(caption).append("</figcaption></figure>\n");
  }
}
