/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.experiments;

import java.util.ArrayList;
import java.util.List;

/** Curves over a common axis. */
final class LineChart {
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

  LineChart(String title, Axis horizontal, Axis vertical) {
    this.title = title;
    this.horizontal = horizontal;
    this.vertical = vertical;
  }

  LineChart curve(String name, double[] x, double[] y) {
    curves.add(new Curve(name, x, y, true));
    return this;
  }

  LineChart points(String name, double[] x, double[] y) {
    curves.add(new Curve(name, x, y, false));
    return this;
  }

  String svg() {
    Svg svg = new Svg(title);
    svg.axes(horizontal, vertical);
    for (int c = 0; c < curves.size(); c++) {
      draw(svg, curves.get(c), Svg.colour(c));
    }
    return svg.finish();
  }

  private void draw(Svg svg, Curve curve, String colour) {
    for (int i = 0; i < curve.x().length; i++) {
      double x = Svg.x(horizontal.place(curve.x()[i]));
      double y = Svg.y(vertical.place(curve.y()[i]));
      if (!curve.joined() || curve.x().length < 20) {
        svg.dot(x, y, colour);
      }
      if (curve.joined() && i > 0) {
        double before = Svg.x(horizontal.place(curve.x()[i - 1]));
        svg.line(before, Svg.y(vertical.place(curve.y()[i - 1])), x, y, colour, 2);
      }
    }
    svg.legend(curve.name(), colour);
  }
}
