/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.document;

import io.github.influence4j.internal.text.VisibleText;
import java.util.List;
import java.util.Locale;

/** A picture in the making: a plot area with axes, and a legend to its right. */
final class Svg {
  /** Told apart by readers with any colour vision (Okabe and Ito 2008). */
  private static final List<String> COLOURS =
      List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#5b5b5b");

  private static final int WIDTH = 760;
  private static final int HEIGHT = 380;
  private static final int LEFT = 70;
  private static final int TOP = 44;
  private static final int PLOT_WIDTH = 470;
  private static final int PLOT_HEIGHT = 270;

  private final StringBuilder body = new StringBuilder();
  private int legends;

  Svg(String title) {
    body.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
                + " font-family=\"sans-serif\" font-size=\"13\">%n<!-- SPDX-License-Identifier:"
                + " Apache-2.0 -->%n<title>%s</title>%n<rect width=\"%d\" height=\"%d\""
                + " fill=\"#ffffff\"/>%n",
            WIDTH, HEIGHT, escaped(title), WIDTH, HEIGHT));
    text(LEFT, 24, "start", title, " font-size=\"16\"");
  }

  static String colour(int series) {
    return COLOURS.get(series % COLOURS.size());
  }

  /** Pixels of a place from 0 to 1. */
  static double x(double place) {
    return LEFT + place * PLOT_WIDTH;
  }

  /** Pixels of a place from 0 at the bottom to 1. */
  static double y(double place) {
    return TOP + (1 - place) * PLOT_HEIGHT;
  }

  void axes(Axis horizontal, Axis vertical) {
    for (double tick : horizontal.ticks()) {
      double at = x(horizontal.place(tick));
      line(at, y(0), at, y(0) + 5, "#333333", 1);
      text(at, y(0) + 20, "middle", label(tick), "");
    }
    horizontalLabel(horizontal.label());
    vertical(vertical);
  }

  void horizontalLabel(String label) {
    text(x(0.5), y(0) + 46, "middle", label, "");
  }

  void vertical(Axis axis) {
    for (double tick : axis.ticks()) {
      double at = y(axis.place(tick));
      line(x(0), at, x(1), at, tick == 0 ? "#333333" : "#dddddd", 1);
      text(x(0) - 8, at + 4, "end", label(tick), "");
    }
    double middle = y(0.5);
    text(18, middle, "middle", axis.label(), format(" transform=\"rotate(-90 18 %.1f)\"", middle));
    line(x(0), y(0), x(1), y(0), "#333333", 1);
  }

  private static String label(double tick) {
    double size = Math.abs(tick);
    if (size >= 1e4 || (size > 0 && size < 1e-2)) {
      return format("%.0e", tick).replace("e-0", "e-").replace("e+0", "e");
    }
    return format("%.3f", tick).replaceAll("\\.?0+$", "");
  }

  void line(double x1, double y1, double x2, double y2, String colour, double width) {
    body.append(
        format(
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\""
                + " stroke-width=\"%.1f\"/>%n",
            x1, y1, x2, y2, colour, width));
  }

  /** Dots at pixels. */
  void dots(double[] x, double[] y, String colour) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < x.length; i++) {
      path.append(format("M%.1f %.1fh0", x[i], y[i]));
    }
    body.append(
        format(
            "<path d=\"%s\" stroke=\"%s\" stroke-width=\"6\" stroke-linecap=\"round\"/>%n",
            path, colour));
  }

  /** A line through pixels; points that lie on the one before are left out. */
  void polyline(double[] x, double[] y, String colour) {
    StringBuilder points = new StringBuilder();
    int last = 0;
    for (int i = 0; i < x.length; i++) {
      boolean moved = Math.abs(x[i] - x[last]) + Math.abs(y[i] - y[last]) > 0.5;
      if (i == 0 || moved || i == x.length - 1) {
        points.append(format("%.1f,%.1f ", x[i], y[i]));
        last = i;
      }
    }
    body.append(
        format(
            "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n",
            points.toString().strip(), colour));
  }

  void bar(double x, double y, double width, double height, String colour) {
    body.append(
        format(
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>%n",
            x, y, width, height, colour));
  }

  void text(double x, double y, String anchor, String text, String attributes) {
    body.append(
        format(
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"#222222\"%s>%s</text>%n",
            x, y, anchor, attributes, escaped(text)));
  }

  void legend(String name, String colour) {
    double at = TOP + 10 + 22.0 * legends++;
    bar(x(1) + 18, at - 9, 12, 12, colour);
    text(x(1) + 36, at + 1, "start", name, "");
  }

  String finish() {
    return body + "</svg>\n";
  }

  private static String format(String form, Object... values) {
    return String.format(Locale.ROOT, form, values).replace("\r\n", "\n");
  }

  private static String escaped(String text) {
    return VisibleText.line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
