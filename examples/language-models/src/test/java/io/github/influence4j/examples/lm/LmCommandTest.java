/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LmCommandTest {
  @TempDir private Path folder;
  private Path text;

  @BeforeEach
  void writeText() throws IOException {
    text = folder.resolve("text.txt");
    Files.writeString(
        text,
        IntStream.range(0, 60)
            .mapToObj(i -> "House " + i + " stands in street " + i * i % 17 + ".\n")
            .collect(Collectors.joining()));
  }

  /** A model of a few thousand weights. */
  private List<Object> tiny(Object... more) {
    List<Object> arguments = new ArrayList<>();
    arguments.addAll(List.of("lm", "--text", text, "--vocabulary", 270, "--context", 16));
    arguments.addAll(List.of("--width", 8, "--layers", 2, "--heads", 2, "--batch", 4));
    arguments.addAll(List.of("--steps", 20, "--work", folder.resolve("work")));
    arguments.addAll(List.of("--report", folder.resolve("report.html")));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private Cli run(Object... more) {
    return Cli.run(tiny(more).toArray());
  }

  private static final Object[] QUERY = {"--prompt", "House 7", "--completion", "stands in street"};

  @Test
  void explainsAndGoesOnFromWhatIsFinished() throws IOException {
    Cli first = run(QUERY);
    assertThat(first.err()).contains("training", "100 %", "covariances", "eigenvalues", "scores");
    assertThat(first.code()).isZero();
    assertThat(first.out())
        .contains(
            "text.txt: 1 documents", "2 layers, width 8", "a model of token frequencies alone")
        .contains("House 7 → stands in street", "  for ", "  against ", "text.txt · part ");
    assertThat(Files.readString(folder.resolve("report.html")))
        .contains("House 7 → stands in street", "mlp.c_proj");

    Path checkpoint = folder.resolve("work/checkpoint.safetensors");
    FileTime written = Files.getLastModifiedTime(checkpoint);
    Cli second = run(QUERY);
    assertThat(second.code()).isZero();
    assertThat(second.err()).contains("scores").doesNotContain("training", "covariances");
    assertThat(withoutTime(second.out())).isEqualTo(withoutTime(first.out()));
    assertThat(Files.getLastModifiedTime(checkpoint)).isEqualTo(written);

    Cli other = run("--seed", 2, "--prompt", "", "--completion", "House");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err().strip())
        .hasLineCount(1)
        .contains("holds another run, with training", "name another folder");
  }

  /** What lm leaves in its folder is a model like any other. */
  @Test
  void theModelIsExplainedByAttributeToo() throws IOException {
    Cli trained = run(QUERY);
    assertThat(trained.code()).as(trained.err()).isZero();
    Path model = folder.resolve("work/model");
    List<Object> arguments = new ArrayList<>(List.of("attribute", "--model", model));
    arguments.addAll(List.of("--corpus", text, "--report", folder.resolve("attribute.html")));
    arguments.addAll(List.of(QUERY));
    Cli run = Cli.run(arguments.toArray());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("House 7 → stands in street", "text.txt · part ");
    assertThat(parameters(run.out())).isEqualTo(parameters(trained.out()));
  }

  private static String parameters(String out) {
    return out.lines()
        .filter(line -> line.contains("parameters are tracked"))
        .map(line -> line.replaceAll(".*?([\\d,]+ of [\\d,]+ parameters.*)", "$1"))
        .findFirst()
        .orElseThrow();
  }

  private static String withoutTime(String out) {
    return out.replaceAll("\\(\\d+ s in all\\)", "");
  }

  @ParameterizedTest
  @CsvSource({
    "--completion,' ',--completion is empty",
    "--completion,one two three four five six seven eight nine ten,more than the context of 16",
    "--top,0,--top must be at least 1",
    "--report,no/such/folder/x.html,name a file in a folder that exists",
    "--documents,0,--documents must be at least 1",
    "--threads,0,--threads must be at least 1",
    "--rate,0,must be positive",
    "--backend,abacus,No backend named",
    "--wdith,9,Unknown option",
  })
  void saysInOneLineWhatIsWrong(String option, String value, String message) {
    List<Object> arguments = new ArrayList<>(tiny());
    for (int i = 1; i < arguments.size(); i++) {
      if (arguments.get(i).equals(option)) {
        arguments.subList(i, i + 2).clear(); // an option may be given once
      }
    }
    arguments.addAll(List.of("--prompt", "House"));
    if (!option.equals("--completion")) {
      arguments.addAll(List.of("--completion", "7"));
    }
    arguments.addAll(List.of(option, value));
    assertUserError(Cli.run(arguments.toArray()), message);
  }

  private static void assertUserError(Cli run, String message) {
    assertThat(run.code()).isEqualTo(2);
    // Progress comes before what is noticed late.
    assertThat(run.err().lines().filter(line -> !line.contains(" % ")).toList())
        .singleElement()
        .asString()
        .startsWith("error: ")
        .contains(message);
  }

  @Test
  void textsThatWillNotDo() throws IOException {
    assertUserError(run(), "No query: give --prompt and --completion");
    assertUserError(run("--prompt", "House"), "--completion");

    Files.writeString(text, "short");
    assertUserError(run(QUERY), "fewer than the context of 16");
    Files.writeString(text, " \n");
    assertUserError(run(QUERY), "The corpus is empty");
    Files.write(text, "Grüße".getBytes(StandardCharsets.ISO_8859_1));
    assertUserError(run(QUERY), "is not UTF-8 text");
    Files.delete(text);
    assertUserError(run(QUERY), "--text: there is no readable file or folder");
  }

  @Test
  void outputsThatCannotBe() throws IOException {
    Files.writeString(folder.resolve("work"), "a file");
    assertUserError(run(QUERY), "--work: cannot make the folder");
    Files.delete(folder.resolve("work"));
    Files.createDirectory(folder.resolve("report.html"));
    assertUserError(run(QUERY), "--report: cannot write");
  }

  @Test
  void damagedFilesOfAnEarlierRun() throws IOException {
    assertThat(run(QUERY).code()).isZero();
    Path factors = folder.resolve("work/factors-ekfac-f32.safetensors");
    Files.writeString(factors, "no factors");
    assertThat(run(QUERY).code()).isEqualTo(2);
    Files.delete(factors);
    Files.writeString(folder.resolve("work/checkpoint.safetensors"), "no weights");
    assertUserError(run(QUERY), "checkpoint.safetensors");
  }

  @Test
  void namesAndTextsDoNotCommandTheTerminal() throws IOException {
    Path texts = Files.createDirectory(folder.resolve("texts\u001b[2J"));
    Files.move(text, texts.resolve("a\u001b]0;owned\u0007\u202e.txt"));
    Files.writeString(
        texts.resolve("b.txt"),
        "House 7 \u001b[31mstands in\u009b street \u202e\u2066.\n".repeat(30));
    text = texts;
    Cli run = run("--prompt", "House \u001b[5m7", "--completion", "stands in street");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("texts\\u001b[2J", "House \\u001b[5m7", "owned\\u0007\\u202e.txt");
    assertThat(run.out() + run.err())
        .doesNotContain("\u001b", "\u0007", "\u202e", "\u2066", "\u009b");
    text = folder.resolve("no\u001b[1mtext");
    assertThat(run(QUERY).err()).contains("no\\u001b[1mtext").doesNotContain("\u001b");
  }

  @Test
  void helpNamesEveryOption() {
    Cli run = Cli.run("lm", "--help");
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("--quick", "--text", "--language", "--prompt", "--completion");
  }
}
