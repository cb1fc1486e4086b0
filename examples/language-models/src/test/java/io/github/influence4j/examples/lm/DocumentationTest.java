/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.lm.crosslingual.CrosslingualCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Command;

/** What the documents say is run: the commands on tiny models, the code as part of this module. */
final class DocumentationTest {
  private static final Path GUIDE = Path.of("../../docs/language-models.md");
  private static final Pattern COMMAND = Pattern.compile("influence-lm\\.jar (lm\\b[^\n`]*)");
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path folder;

  private static List<String> found(Pattern pattern, Path document) throws IOException {
    List<String> all = new ArrayList<>();
    Matcher matcher = pattern.matcher(Files.readString(document));
    while (matcher.find()) {
      all.add(matcher.group(1).strip());
    }
    return all;
  }

  @Test
  void commandsRun() throws IOException {
    Files.writeString(
        Files.createDirectory(folder.resolve("my-texts")).resolve("tale.txt"),
        "Once upon a time there was a fox. ".repeat(30));
    List<String> commands = new ArrayList<>(found(COMMAND, GUIDE));
    commands.addAll(found(COMMAND, Path.of("../../README.md")));
    assertThat(commands).hasSizeGreaterThan(1);
    for (int i = 0; i < commands.size(); i++) {
      List<Object> arguments = new ArrayList<>();
      Matcher words = Pattern.compile("\"([^\"]*)\"|(\\S+)").matcher(commands.get(i));
      while (words.find()) {
        String word = words.group(1) == null ? words.group(2) : words.group(1);
        arguments.add(word.equals("my-texts") ? folder.resolve(word) : word);
      }
      arguments.addAll(tiny(i));
      Cli run = Cli.run(arguments.toArray());
      assertThat(run.code()).as(commands.get(i) + "\n" + run.err()).isZero();
    }
  }

  private List<Object> tiny(int run) {
    return List.of(
        "--documents",
        20,
        "--vocabulary",
        300,
        "--width",
        8,
        "--layers",
        1,
        "--heads",
        2,
        "--context",
        64,
        "--steps",
        4,
        "--work",
        folder.resolve("work" + run),
        "--report",
        folder.resolve("report.html"));
  }

  @Test
  void howToGetTheDeclarations() throws IOException {
    String description =
        String.join(" ", CrosslingualCommand.class.getAnnotation(Command.class).description());
    assertThat(found(Pattern.compile("\n(npm pack [^\n]*)\n"), GUIDE))
        .isNotEmpty()
        .allSatisfy(command -> assertThat(description).contains(command));
  }

  @Test
  void codeIsOfThisModule() throws IOException {
    String sources;
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      sources =
          files
              .filter(Files::isRegularFile)
              .map(DocumentationTest::read)
              .collect(Collectors.joining());
    }
    String words = sources.replaceAll("\\s+", "");
    List<String> snippets = found(JAVA, GUIDE);
    assertThat(snippets).isNotEmpty();
    snippets.forEach(code -> assertThat(words).contains(code.replaceAll("\\s+", "")));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
