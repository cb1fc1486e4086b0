/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.internal.files.FolderLock;
import io.github.influence4j.internal.text.VisibleText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Looks at checkpoints, one after the other, and writes after each what came out so far. */
final class CheckpointRun {
  private static final String DOCUMENT = "checkpoints";

  private final CheckpointOptions options;
  private final List<Study> studies;
  private final Path folder;
  private final PrintWriter out;
  private final PrintWriter err;
  private final List<String> descriptions = new ArrayList<>();

  /**
   * A run.
   *
   * @param options checked
   * @param studies what to look at
   * @param folder of the document
   * @param out where results go
   * @param err where progress is shown
   */
  CheckpointRun(
      CheckpointOptions options,
      List<Study> studies,
      Path folder,
      PrintWriter out,
      PrintWriter err) {
    this.options = options;
    this.studies = List.copyOf(studies);
    this.folder = folder;
    this.out = out;
    this.err = err;
  }

  /** All studies there are, in the order of the document. */
  static List<Study> all() {
    return List.of(
        new SparsityStudy(),
        new LayersStudy(),
        new WordOrderStudy(),
        new LowRankStudy(),
        new FilterStudy(),
        new AbstractionStudy());
  }

  @SuppressWarnings("try") // the lock is held, not used
  void run() throws IOException {
    List<Asked> asked = options.asked();
    document().prepare();
    try (FolderLock lock = FolderLock.take(folder)) {
      for (Path directory : options.models()) {
        try (Checkpoint model = Checkpoint.open(options, directory, asked, this::say)) {
          measure(model);
        }
        Map<Study, ExperimentResult> results = new LinkedHashMap<>();
        studies.forEach(study -> results.put(study, study.result()));
        document().write(results);
      }
    }
    for (Study study : studies) {
      out.println(study.title() + "\n" + study.result().table().markdown());
    }
    out.println("Document: " + document().file());
  }

  private void measure(Checkpoint model) throws IOException {
    String description = model.description();
    out.println(description);
    out.flush();
    descriptions.add(description);
    for (Study study : studies) {
      say("== " + study.name() + ", " + model.name());
      study.measure(model);
    }
  }

  private void say(String line) {
    err.println(line);
    err.flush();
  }

  private ExperimentsDocument document() {
    return new ExperimentsDocument(folder, DOCUMENT, studies, head());
  }

  private String head() {
    return String.join(
        "\n",
        "<!-- SPDX-License-Identifier: Apache-2.0 -->",
        "# Experiments with checkpoints",
        "",
        "Experiments of Grosse et al. 2023 (arXiv:2308.03296), repeated with models that are there."
            + " This file and its pictures are written by the command",
        "",
        "```sh",
        "java -jar examples/experiments/target/influence-experiments.jar "
            + studies.stream().map(Study::name).collect(Collectors.joining(" "))
            + " "
            + VisibleText.line(options.arguments()),
        "```",
        "",
        descriptions.stream()
            .map(line -> "- " + VisibleText.line(line).replace("&", "&amp;").replace("<", "&lt;"))
            .collect(Collectors.joining("\n")),
        "",
        options.method()
            + " The losses are those of the corpus and of the queries; positive scores are"
            + " proponents.");
  }
}
