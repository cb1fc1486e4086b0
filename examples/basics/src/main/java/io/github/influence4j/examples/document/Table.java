/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.document;

import io.github.influence4j.internal.text.VisibleText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Rows of text under a heading. */
public final class Table {
  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * Without rows yet.
   *
   * @param header of each column
   */
  public Table(String... header) {
    this.header = List.of(header);
  }

  /**
   * Adds a row; numbers that are not whole are shown with three decimals.
   *
   * @param cells one a column
   * @return this
   */
  public Table add(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(cell instanceof Double number ? number(number) : cell.toString());
    }
    if (row.size() != header.size()) {
      throw new IllegalArgumentException(row + " does not fit under " + header);
    }
    rows.add(row);
    return this;
  }

  /**
   * Three decimals; a dash where there is nothing to take a mean of.
   *
   * @param value a mean, or NaN
   * @return its text
   */
  public static String mean(double value) {
    return Double.isNaN(value) ? "–" : number(value);
  }

  /**
   * Three decimals.
   *
   * @param value any
   * @return its text
   */
  public static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  /**
   * As a document shows it.
   *
   * @return lines
   */
  public String markdown() {
    List<String> lines = new ArrayList<>();
    lines.add(line(header));
    lines.add("|---".repeat(header.size()) + "|");
    rows.forEach(row -> lines.add(line(row)));
    return String.join("\n", lines);
  }

  private static String line(List<String> cells) {
    return cells.stream().map(Table::cell).collect(Collectors.joining(" | ", "| ", " |"));
  }

  /** A vertical bar would start a new cell, a new line a new row, and a tag an element. */
  private static String cell(String text) {
    return VisibleText.line(text.replaceAll("\\R", " "))
        .replace("|", "\\|")
        .replace("&", "&amp;")
        .replace("<", "&lt;");
  }
}
