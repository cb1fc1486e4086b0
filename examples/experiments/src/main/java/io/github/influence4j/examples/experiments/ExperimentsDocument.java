/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.document.Verdict;
import io.github.influence4j.internal.files.AtomicFile;
import io.github.influence4j.internal.files.InputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A file and the pictures in a folder beside it. Each experiment has a section between two
 * comments, which a run replaces; the sections of the others stay.
 */
final class ExperimentsDocument {
  private final Path folder;
  private final String name;
  private final List<Section> order;
  private final String head;

  /**
   * In a folder.
   *
   * @param folder is made where it is missing
   * @param name of the folder of pictures, and of the file, with .md
   * @param order of the sections
   * @param head first lines of the document
   */
  ExperimentsDocument(Path folder, String name, List<? extends Section> order, String head) {
    this.folder = folder;
    this.name = name;
    this.order = List.copyOf(order);
    this.head = head;
  }

  /** Makes the folders and looks at the document, so that a long run does not fail at its end. */
  void prepare() throws IOException {
    Files.createDirectories(folder.resolve(name));
    text(file());
    AtomicFile.check(file());
  }

  Path file() {
    return folder.resolve(name + ".md");
  }

  private static String text(Path file) throws IOException {
    return Files.exists(file) ? InputFile.text(file) : "";
  }

  /** Replaces a section. */
  void write(Section section, ExperimentResult result) throws IOException {
    write(Map.of(section, result), text(file()));
  }

  /** Replaces the whole document. */
  void write(Map<? extends Section, ExperimentResult> results) throws IOException {
    write(results, "");
  }

  private void write(Map<? extends Section, ExperimentResult> results, String old)
      throws IOException {
    List<String> parts = new ArrayList<>(List.of(head));
    for (Section each : order) {
      ExperimentResult result = results.get(each);
      if (result != null) {
        AtomicFile.writeText(folder.resolve(name).resolve(each.name() + ".svg"), result.picture());
      }
      String section = result == null ? existing(old, each) : section(each, result);
      if (!section.isEmpty()) {
        parts.add(section);
      }
    }
    AtomicFile.writeText(file(), String.join("\n\n", parts) + "\n");
  }

  private String section(Section experiment, ExperimentResult result) {
    String verdicts =
        result.verdicts().stream().map(Verdict::markdown).collect(Collectors.joining("\n\n"));
    return Stream.of(
            begin(experiment) + "\n## " + experiment.title(),
            result.method(),
            result.table().markdown(),
            "![" + experiment.title() + "](" + name + "/" + experiment.name() + ".svg)",
            verdicts,
            result.reading() + "\n" + end(experiment))
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining("\n\n"));
  }

  private static String existing(String document, Section experiment) {
    int from = document.indexOf(begin(experiment));
    int to = document.indexOf(end(experiment));
    return from < 0 || to < from ? "" : document.substring(from, to + end(experiment).length());
  }

  private static String begin(Section experiment) {
    return "<!-- begin " + experiment.name() + " -->";
  }

  private static String end(Section experiment) {
    return "<!-- end " + experiment.name() + " -->";
  }
}
