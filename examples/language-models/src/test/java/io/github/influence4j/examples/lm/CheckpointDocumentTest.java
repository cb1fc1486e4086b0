/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Options that docs/hugging-face.md names are those that the commands take. */
final class CheckpointDocumentTest {
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");

  @Test
  void optionsAreThoseOfTheCommands() throws IOException {
    String document = Files.readString(Path.of("../../docs/hugging-face.md"));
    Set<String> named = options(document);
    Set<String> taken = options(Cli.run("attribute", "--help").out());
    assertThat(taken).hasSizeGreaterThan(20);
    Set<String> others = new TreeSet<>(options(Cli.run("finetune", "--help").out()));
    others.addAll(options(Cli.run("logits", "--help").out()));
    others.addAll(options(Cli.run("plan", "--help").out()));
    assertThat(named).allMatch(option -> taken.contains(option) || others.contains(option));
    assertThat(named)
        .contains("--packing", "--filter", "--work", "--compare", "--rank", "--max-memory");
  }

  /** The command stands beside it, with paths from the root of the repository. */
  @Test
  void theTableOfModelsIsThatOfItsCommand() throws IOException {
    String document = Files.readString(Path.of("../../docs/hugging-face.md"));
    String joined = document.replace("\\\n", " ");
    String command =
        joined
            .lines()
            .filter(line -> line.contains("influence-lm.jar plan "))
            .findFirst()
            .orElseThrow();
    String arguments =
        command
            .substring(command.indexOf("plan "))
            .replaceAll("examples/language-models/models/", "models/");
    Cli run = Cli.run((Object[]) arguments.strip().split("\\s+", -1));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).hasLineCount(9);
    assertThat(document).contains(run.out());
  }

  private static Set<String> options(String text) {
    return OPTION
        .matcher(text.replace("[no-]", ""))
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
