/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.examples.cli.CommandRunner;
import io.github.influence4j.testing.TerminalCommands;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The experiments with small random checkpoints: what must hold for any model. */
class CheckpointRunTest {
  private static final Path CHECKPOINTS =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints");
  private static final Path GPT2 = CHECKPOINTS.resolve("gpt2");
  private static final Path QWEN2 = CHECKPOINTS.resolve("qwen2");

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Object... args) {
    String[] words = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
    PrintWriter toOut = new PrintWriter(out, true);
    return CommandRunner.run(new ExperimentsCommand(), toOut, new PrintWriter(err, true), words);
  }

  private Path corpus() throws IOException {
    String[] who = {"the cat", "a dog", "my aunt", "the king"};
    String[] what = {"red boats", "old hats", "big trees"};
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      lines.add(
          "{\"text\": \"" + who[i % 4] + " sees " + what[i % 3] + " and line " + i + " two\"}");
    }
    return Files.write(folder.resolve("corpus.jsonl"), lines);
  }

  private Path queries() throws IOException {
    return Files.writeString(
        folder.resolve("queries.jsonl"),
        "{\"kind\": \"animals\", \"prompt\": \"the cat sees\", \"completion\": \" red boats\","
            + " \"reworded\": \"there the cat sees red boats\", \"flipped\": \"red boats the cat\"}\n"
            + "{\"kind\": \"people\", \"prompt\": \"the king sees old\", \"completion\": \" hats\"}\n"
            + "{\"kind\": \"long\", \"prompt\": \""
            + "so many words ".repeat(200)
            + "\", \"completion\": \" end\"}\n");
  }

  /** The cells of the rows that begin with some. */
  private List<List<String>> rows(String... first) {
    return out.toString()
        .lines()
        .filter(line -> line.startsWith("| " + String.join(" | ", first) + " |"))
        .map(line -> List.of(line.substring(2, line.length() - 2).split(" \\| ", -1)))
        .toList();
  }

  private static double number(List<String> row, int cell) {
    return Double.parseDouble(row.get(cell));
  }

  @Test
  void everyExperimentSaysWhatHoldsForAnyModel() throws Exception {
    int code =
        run(
            "all",
            "--model",
            GPT2,
            QWEN2,
            "--corpus",
            corpus(),
            "--queries",
            queries(),
            "--docs",
            folder);
    assertThat(code).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("60 training sequences", "parameters are tracked", "Loss on the corpus")
        .contains("Queries: 1 animals, 1 people; 1 longer than the model takes are left out.");
    String document = Files.readString(folder.resolve("checkpoints.md"));
    assertThat(document)
        .contains("influence-experiments.jar sparsity layers", "- gpt2 (", "- qwen2 (")
        .doesNotContain("NaN");
    for (Study study : CheckpointRun.all()) {
      assertThat(document).contains("(checkpoints/" + study.name() + ".svg)");
      Path picture = folder.resolve("checkpoints/" + study.name() + ".svg");
      DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(picture.toFile());
      assertThat(Files.readString(picture))
          .doesNotContain("NaN")
          .contains("gpt2")
          .contains("qwen2");
    }
    for (String model : names()) {
      List<String> layers = rows(model, "all kinds").get(1);
      assertThat(number(layers, 2) + number(layers, 3) + number(layers, 4))
          .isCloseTo(1, within(0.002));
      assertThat(rows(model, "order kept").get(0).get(2)).isEqualTo("1.000");
      assertThat(rows(model, "64").get(0).get(2)).isEqualTo("1.00000");
      List<String> shared = rows(model, "people").get(4);
      assertThat(number(shared, 5)).isGreaterThanOrEqualTo(number(shared, 3));
    }
  }

  /** As the tables call them. */
  private List<String> names() {
    List<String> names =
        out.toString()
            .lines()
            .filter(line -> line.contains("parameters are tracked"))
            .map(line -> line.substring(0, line.indexOf(": ")))
            .toList();
    assertThat(names).hasSize(2);
    return names;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "all --model MODEL | --model needs --corpus PATH",
        "all --corpus CORPUS | --corpus goes with --model",
        "all --queries CORPUS | --queries goes with --model",
        "all --quick --model MODEL --corpus CORPUS | --quick does not go with --model",
        "planted --model MODEL --corpus CORPUS | No experiment \"planted\" with --model; there are sparsity",
        "all --model nowhere --corpus CORPUS | \"nowhere\" is no directory",
        "all --model MODEL --corpus nowhere | No such file: nowhere",
        "all --model MODEL --corpus CORPUS --queries CORPUS | corpus.jsonl:1 has no \"kind\"",
        "all --model MODEL --corpus PLAIN | the experiments need at least 50",
        "word-order --model MODEL --corpus CORPUS --queries PLAIN | none has both \"reworded\" and \"flipped\"",
        "all --model MODEL --corpus CORPUS --rank -1 | --rank must be at least 0",
        "all --model MODEL --corpus CORPUS --sequence-length 1 | --sequence-length must be at least 2",
        "all --model MODEL --corpus CORPUS --batch-size 0 | 1 sequence or more",
        "all --model MODEL --corpus CORPUS --precision f16 | not in F16",
      })
  void badInputGivesOneLine(String options, String message) throws IOException {
    Path plain = folder.resolve("plain.jsonl");
    Files.writeString(plain, "{\"kind\": \"a\", \"prompt\": \"one\", \"completion\": \" two\"}");
    String all =
        options
            .replace("MODEL", GPT2.toString())
            .replace("CORPUS", corpus().toString())
            .replace("PLAIN", plain.toString());
    Object[] words = (all + " --docs " + folder).split(" ");
    assertThat(run(words)).isEqualTo(2);
    assertThat(err.toString().lines().filter(line -> line.startsWith("error: ")))
        .singleElement()
        .asString()
        .contains(message);
    assertThat(TerminalCommands.in(err.toString())).isEmpty();
    assertThat(folder.resolve("checkpoints.md")).doesNotExist();
  }
}
