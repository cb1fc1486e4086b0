/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.examples.cli.ReportFile;
import io.github.influence4j.internal.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The file of {@code --out}, with its pictures in a folder of the same name beside it. */
final class FidelityDocument {
  private static final String EXTENSION = ".md";

  private final Path file;
  private final Path pictures;
  private final String name;

  /** Refuses at once what could not be written at the end. */
  FidelityDocument(Path file) throws IOException {
    String full = file.getFileName() == null ? "" : file.getFileName().toString();
    if (!full.endsWith(EXTENSION) || full.equals(EXTENSION)) {
      throw new IllegalArgumentException(
          "--out: name a file that ends in " + EXTENSION + ", got " + file + ".");
    }
    ReportFile.requireWritable("--out", file);
    this.file = file;
    this.name = full.substring(0, full.length() - EXTENSION.length());
    this.pictures = file.resolveSibling(name);
    Files.createDirectories(pictures);
  }

  void write(String head, List<Finding> findings) throws IOException {
    List<String> parts = new ArrayList<>(List.of(head));
    for (Finding finding : findings) {
      if (!finding.picture().isEmpty()) {
        AtomicFile.writeText(pictures.resolve(finding.name() + ".svg"), finding.picture());
      }
      parts.add(finding.markdown(name));
    }
    AtomicFile.writeText(file, String.join("\n\n", parts) + "\n");
  }
}
