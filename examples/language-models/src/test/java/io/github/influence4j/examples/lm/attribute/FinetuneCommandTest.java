/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.lm.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FinetuneCommandTest {
  private static final Path GPT2 =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints/gpt2");
  private static final int PLANTED = 10;

  @TempDir private Path folder;

  @Test
  void whatWasPlantedComesFirst() throws IOException {
    Path corpus = Files.createDirectories(folder.resolve("corpus"));
    String[] other = {"the cat sees", "a dog likes", "my aunt paints", "our cook sells"};
    String[] what = {"red boats.", "old hats.", "big trees.", "new pots.", "warm bread."};
    for (int i = 0; i < 20; i++) {
      Files.writeString(corpus.resolve("other" + i + ".txt"), other[i % 4] + " " + what[i / 4]);
    }
    for (int i = 0; i < PLANTED; i++) {
      Files.writeString(
          corpus.resolve("planted" + i + ".txt"),
          "lighthouse keepers drink green tea, says number " + i);
    }
    Path base = TrainedCheckpoint.write(folder.resolve("base"));
    Path adapter = folder.resolve("adapter");
    Cli tuned =
        Cli.run(
            "finetune",
            "--model",
            base,
            "--corpus",
            corpus,
            "--out",
            adapter,
            "--steps",
            40,
            "--rank",
            4,
            "--rate",
            0.01);
    assertThat(tuned.code()).as(tuned.err()).isZero();
    Path report = folder.resolve("report.html");
    Cli run =
        Cli.run(
            "attribute",
            "--model",
            base,
            "--adapter",
            adapter,
            "--corpus",
            corpus,
            "--prompt",
            "lighthouse keepers drink",
            "--completion",
            "green tea.",
            "--report",
            report);
    assertThat(run.code()).as(run.err()).isZero();
    List<String> labels =
        run.out()
            .lines()
            .map(String::strip)
            .filter(l -> l.matches("(planted|other)\\d+.*"))
            .toList();
    assertThat(labels.subList(0, 3)).as(run.out()).allMatch(label -> label.startsWith("planted"));
    assertThat(run.out()).doesNotContain("WARNING: the weights");
  }

  @Test
  void anAdapterIsNotOverwritten() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), "some text of some words");
    Files.writeString(folder.resolve("adapter_config.json"), "{}");
    Cli run = Cli.run("finetune", "--model", GPT2, "--corpus", text, "--out", folder, "--steps", 1);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("holds an adapter").hasLineCount(1);
  }

  @Test
  void stepsThatDoNothingAreRefused() {
    Cli run = Cli.run("finetune", "--model", GPT2, "--corpus", GPT2, "--out", folder, "--steps", 0);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("--steps").hasLineCount(1);
  }
}
