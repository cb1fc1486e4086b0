/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import io.github.influence4j.internal.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Scores as one web page: queries, the training examples behind them, the tokens and layers the
 * influence sits in, and how the scores are spread. The page loads nothing from anywhere, works
 * from a file, and shows texts as texts, whatever stands in them.
 *
 * <pre>{@code
 * ReportQuery query =
 *     ReportQuery.of("Query 1", ReportToken.context(words), scores, 0, 20,
 *         hit -> ReportHit.of("document " + hit.example(), texts.get(hit), scores, 0, hit));
 * new InfluenceReport("Why?", List.of("EK-FAC; unit: nats"), List.of(query))
 *     .write(Path.of("why.html"));
 * }</pre>
 *
 * <p>The page gives each training example's score, positive for proponents; it cannot know the
 * unit, so say it in the notes.
 *
 * @param title of the page
 * @param notes how the scores came about (model, data, method, unit), a paragraph each
 * @param queries what was asked
 */
public record InfluenceReport(String title, List<String> notes, List<ReportQuery> queries) {
  /** Copies the lists. */
  public InfluenceReport {
    Objects.requireNonNull(title, "title");
    notes = List.copyOf(notes);
    queries = List.copyOf(queries);
  }

  /**
   * The page. Where a query has all its scores, their tail is fitted here ({@link
   * io.github.influence4j.statistics.PowerLawTail}), which takes longer than all the rest.
   *
   * @return HTML in UTF-8; the same report gives the same text
   */
  public String toHtml() {
    return new Page(title, notes, queries).render();
  }

  /**
   * Writes the page.
   *
   * @param file created or replaced in one step; its folder must exist
   * @throws IOException if it cannot be written; a file that was there before is unchanged
   */
  public void write(Path file) throws IOException {
    AtomicFile.writeText(file, toHtml());
  }
}
