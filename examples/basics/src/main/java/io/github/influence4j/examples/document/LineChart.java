/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.document;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Curves over a common axis. */
public final class LineChart {
  /** Points so few that each is marked. */
  private static final int FEW = 20;

  private final String title;
  private final Axis horizontal;
  private final Axis vertical;
  private final List<Curve> curves = new ArrayList<>();

  /**
   * A curve.
   *
   * @param name in the legend
   * @param joined with lines between its points, or the points alone
   */
  private record Curve(String name, double[] x, double[] y, boolean joined) {}

  /**
   * Without curves yet.
   *
   * @param title of the picture
   * @param horizontal its x axis
   * @param vertical its y axis
   */
  public LineChart(String title, Axis horizontal, Axis vertical) {
    this.title = title;
    this.horizontal = horizontal;
    this.vertical = vertical;
  }

  /**
   * Adds points joined by lines.
   *
   * @param name in the legend
   * @param x of the points
   * @param y of the points
   * @return this
   */
  public LineChart curve(String name, double[] x, double[] y) {
    curves.add(new Curve(name, x, y, true));
    return this;
  }

  /**
   * Adds points.
   *
   * @param name in the legend
   * @param x of the points
   * @param y of the points
   * @return this
   */
  public LineChart points(String name, double[] x, double[] y) {
    curves.add(new Curve(name, x, y, false));
    return this;
  }

  /**
   * Draws it.
   *
   * @return the picture
   */
  public String svg() {
    Svg svg = new Svg(title);
    svg.axes(horizontal, vertical);
    for (int c = 0; c < curves.size(); c++) {
      draw(svg, curves.get(c), Svg.colour(c));
    }
    return svg.finish();
  }

  private void draw(Svg svg, Curve curve, String colour) {
    double[] x = Arrays.stream(curve.x()).map(v -> Svg.x(horizontal.place(v))).toArray();
    double[] y = Arrays.stream(curve.y()).map(v -> Svg.y(vertical.place(v))).toArray();
    if (!curve.joined() || x.length < FEW) {
      svg.dots(x, y, colour);
    }
    if (curve.joined()) {
      svg.polyline(x, y, colour);
    }
    svg.legend(curve.name(), colour);
  }
}
