/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.document;

import java.util.List;

/** Groups of bars; each group has a bar of every series. */
public final class BarChart {
  private static final double GROUP_SHARE = 0.8;

  private final String title;
  private final Axis vertical;
  private final List<String> groups;
  private final List<String> series;

  /** By series, by group. */
  private final double[][] values;

  /**
   * All of it.
   *
   * @param title of the picture
   * @param vertical its y axis
   * @param groups below the bars
   * @param series in the legend
   * @param values by series, by group
   */
  public BarChart(
      String title, Axis vertical, List<String> groups, List<String> series, double[]... values) {
    this.title = title;
    this.vertical = vertical;
    this.groups = List.copyOf(groups);
    this.series = List.copyOf(series);
    this.values = values;
  }

  /**
   * Draws it.
   *
   * @return the picture
   */
  public String svg() {
    Svg svg = new Svg(title);
    svg.vertical(vertical);
    double group = (Svg.x(1) - Svg.x(0)) / groups.size();
    double width = group * GROUP_SHARE / series.size();
    double zero = Svg.y(vertical.place(0));
    for (int s = 0; s < series.size(); s++) {
      for (int g = 0; g < groups.size(); g++) {
        double x = Svg.x(0) + g * group + group * (1 - GROUP_SHARE) / 2 + s * width;
        double y = Svg.y(vertical.place(values[s][g]));
        svg.bar(x, Math.min(y, zero), width, Math.abs(y - zero), Svg.colour(s));
      }
      svg.legend(series.get(s), Svg.colour(s));
    }
    for (int g = 0; g < groups.size(); g++) {
      svg.text(
          Svg.x(0) + (g + 0.5) * group,
          Svg.y(0) + 20,
          "middle",
          groups.get(g),
          " font-size=\"11\"");
    }
    return svg.finish();
  }
}
