/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.internal.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The file experiments.md and the pictures beside it. Each experiment has a section between two
 * comments, which a run replaces; the sections of the others stay.
 */
final class ExperimentsDocument {
  private static final String FILE = "experiments.md";
  private static final String PICTURES = "experiments";

  private final Path folder;
  private final List<Experiment> order;
  private final String head;

  /**
   * In a folder.
   *
   * @param folder is made where it is missing
   * @param order of the sections
   * @param head first lines of the document
   */
  ExperimentsDocument(Path folder, List<? extends Experiment> order, String head) {
    this.folder = folder;
    this.order = List.copyOf(order);
    this.head = head;
  }

  /** Makes the folders, so that a long run does not fail at its end. */
  void prepare() throws IOException {
    Files.createDirectories(folder.resolve(PICTURES));
  }

  void write(Experiment experiment, ExperimentResult result) throws IOException {
    Path picture = folder.resolve(PICTURES).resolve(experiment.name() + ".svg");
    AtomicFile.writeText(picture, result.picture());
    Path file = folder.resolve(FILE);
    String old = Files.exists(file) ? Files.readString(file) : "";
    List<String> parts = new ArrayList<>(List.of(head));
    for (Experiment each : order) {
      String section = each == experiment ? section(each, result) : existing(old, each);
      if (!section.isEmpty()) {
        parts.add(section);
      }
    }
    AtomicFile.writeText(file, String.join("\n\n", parts) + "\n");
  }

  private static String section(Experiment experiment, ExperimentResult result) {
    String verdicts =
        result.verdicts().stream().map(Verdict::markdown).collect(Collectors.joining("\n\n"));
    return Stream.of(
            begin(experiment) + "\n## " + experiment.title(),
            result.method(),
            result.table().markdown(),
            "![" + experiment.title() + "](" + PICTURES + "/" + experiment.name() + ".svg)",
            verdicts,
            result.reading() + "\n" + end(experiment))
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining("\n\n"));
  }

  private static String existing(String document, Experiment experiment) {
    int from = document.indexOf(begin(experiment));
    int to = document.indexOf(end(experiment));
    return from < 0 || to < from ? "" : document.substring(from, to + end(experiment).length());
  }

  private static String begin(Experiment experiment) {
    return "<!-- begin " + experiment.name() + " -->";
  }

  private static String end(Experiment experiment) {
    return "<!-- end " + experiment.name() + " -->";
  }
}
