/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.cli.CommandRunner;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.internal.files.FolderLock;
import io.github.influence4j.testing.TerminalCommands;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs every experiment with tiny models; what they find is not tested, that they say it is. */
class ExperimentsCommandTest {
  private static final List<String> NAMES =
      List.of(
          "low-rank",
          "tf-idf",
          "planted",
          "word-order",
          "sparsity",
          "layers",
          "gradient-dot",
          "blocks",
          "sizes");

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    PrintWriter toOut = new PrintWriter(out, true);
    return CommandRunner.run(new ExperimentsCommand(), toOut, new PrintWriter(err, true), args);
  }

  private String work() {
    return folder.resolve("work").toString();
  }

  @Test
  void writesATableAndAPictureOfEach() throws Exception {
    assertThat(run("all", "--quick", "--docs", folder.toString(), "--work", work()))
        .as(err.toString())
        .isZero();
    String document = Files.readString(folder.resolve("experiments.md"));
    assertThat(document).contains("influence-experiments.jar --quick all").doesNotContain("NaN");
    for (String name : NAMES) {
      assertThat(document)
          .contains("<!-- begin " + name + " -->", "(experiments/" + name + ".svg)");
      String picture = Files.readString(folder.resolve("experiments/" + name + ".svg"));
      assertThat(picture).doesNotContain("NaN").doesNotContain("Infinity");
      DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(folder.resolve("experiments/" + name + ".svg").toFile());
    }
    try (Stream<Path> pictures = Files.list(folder.resolve("experiments"))) {
      assertThat(pictures).hasSize(NAMES.size());
    }
    try (Stream<Path> models = Files.list(folder.resolve("work"))) {
      assertThat(models)
          .extracting(model -> model.getFileName().toString())
          .containsExactlyInAnyOrder("europarl", "europarl-small", "facts", "planted");
    }
    assertThat(folder.resolve("work/europarl/model")).isDirectoryContaining("glob:**.safetensors");
  }

  @Test
  void leavesOtherSectionsAsTheyAre() throws IOException {
    String other = "<!-- begin word-order -->\n## Mine\n<!-- end word-order -->";
    Files.writeString(folder.resolve("experiments.md"), "old head\n\n" + other + "\n");
    assertThat(run("sparsity", "--quick", "--docs", folder.toString(), "--work", work())).isZero();
    assertThat(Files.readString(folder.resolve("experiments.md")))
        .startsWith("<!-- SPDX-License-Identifier: Apache-2.0 -->\n# Experiments")
        .doesNotContain("old head")
        .contains(other + "\n\n<!-- begin sparsity -->");
  }

  @Test
  void oneRunAtATime() throws IOException {
    try (FolderLock lock = FolderLock.take(folder)) {
      assertThat(lock).isNotNull();
      assertThat(run("sparsity", "--quick", "--docs", folder.toString(), "--work", work()))
          .isEqualTo(2);
    }
    assertThat(err.toString()).startsWith("error: " + folder + ": is in use by this process");
  }

  @Test
  void cellsHoldTextOnly() {
    assertThat(new Table("a").add("x|y\n<b>&\u001b\u202e").markdown())
        .endsWith("| x\\|y &lt;b>&amp;\\u001b\\u202e |");
  }

  @Test
  void saysWhatItDoesNotKnow() throws IOException {
    assertThat(run("typo", "--docs", folder.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("No experiment \"typo\"; there are low-rank, tf-idf");
    Path file = Files.createFile(folder.resolve("file"));
    assertThat(run("all", "--quick", "--docs", file.toString())).isEqualTo(2);
    assertThat(run("typo\u001b[2J\u202e", "--docs", file + "\u009b\u2066")).isEqualTo(2);
    assertThat(run("all", "--quick", "--docs", file + "/no\u001b")).isEqualTo(2);
    assertThat(TerminalCommands.in(err.toString())).isEmpty();
    assertThat(err.toString().lines().filter(line -> line.startsWith("error:"))).hasSize(4);
  }
}
