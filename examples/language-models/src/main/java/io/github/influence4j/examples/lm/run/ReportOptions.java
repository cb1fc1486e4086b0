/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import io.github.influence4j.examples.cli.ReportFile;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What the report shows, and where it goes. */
public final class ReportOptions {
  @Option(
      names = "--top",
      paramLabel = "K",
      description = "Sequences for and against each query in the report (default: 10).")
  private int top = 10;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      defaultValue = "influence-${COMMAND-NAME}.html",
      description = "The HTML report to write (default: ${DEFAULT-VALUE}).")
  private Path file = Path.of("");

  /**
   * Refuses what could not be written at the end.
   *
   * @throws IllegalArgumentException with the option's name
   */
  public void check() {
    if (top < 1) {
      throw new IllegalArgumentException("--top must be at least 1, got " + top);
    }
    ReportFile.requireWritable("--report", file);
  }

  /**
   * Hits to show.
   *
   * @return of each side of a query, at most
   */
  public int top() {
    return top;
  }

  /**
   * The report.
   *
   * @return a file to write
   */
  public Path file() {
    return file;
  }
}
