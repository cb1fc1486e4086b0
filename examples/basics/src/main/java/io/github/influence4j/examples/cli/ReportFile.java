/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.cli;

import io.github.influence4j.internal.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The option {@code --report} of the examples: checked before the work whose result it takes. */
public final class ReportFile {
  private ReportFile() {}

  /**
   * Refuses what could not be written at the end.
   *
   * @param report the file to write
   * @throws IllegalArgumentException if it cannot be written, with the reason
   */
  public static void requireWritable(Path report) {
    requireWritable("--report", report);
  }

  /**
   * Refuses what could not be written at the end.
   *
   * @param option that names the file
   * @param file to write
   * @throws IllegalArgumentException if it cannot be written, with the reason
   */
  public static void requireWritable(String option, Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          option + ": cannot write " + file + "; name a file in a folder that exists.");
    }
    try {
      AtomicFile.check(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(option + ": cannot write " + e.getMessage(), e);
    }
  }
}
