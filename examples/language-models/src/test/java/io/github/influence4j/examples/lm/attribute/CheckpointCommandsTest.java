/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.examples.lm.Cli;
import io.github.influence4j.store.Safetensors;
import io.github.influence4j.testing.TerminalCommands;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on the checkpoints of the tests of influence-huggingface. */
final class CheckpointCommandsTest {
  private static final Path CHECKPOINTS =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints");
  private static final Path GPT2 = CHECKPOINTS.resolve("gpt2");
  private static final Path QWEN2 = CHECKPOINTS.resolve("qwen2");

  @TempDir private Path folder;

  @Test
  void logitsLossAndGradientsAreThoseOfPython() throws IOException {
    Path out = folder.resolve("out.safetensors");
    Path golden = GPT2.resolve("golden.safetensors");
    Cli run =
        Cli.run(
            "logits",
            "--model",
            GPT2,
            "--inputs",
            golden,
            "--prefix",
            "right.",
            "--out",
            out,
            "--gradients",
            "--precision",
            "f64");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("a token");
    try (Safetensors found = Safetensors.open(out);
        Safetensors expected = Safetensors.open(golden)) {
      assertThat(found.shape("logits")).containsExactly(3, 17, 513);
      assertThat(found.tensor("loss").get(0))
          .isCloseTo(expected.tensor("right.loss_f64").get(0), within(1e-9));
      String bias = "transformer.h.0.attn.c_attn.bias";
      assertThat(found.tensor("grad." + bias).toDoubles())
          .usingComparatorWithPrecision(1e-9)
          .containsExactly(expected.tensor("right.grad." + bias).toDoubles());
      assertThat(found.names()).filteredOn(name -> name.startsWith("grad.")).hasSize(28);
      long[] mask = expected.longs("right.attention_mask");
      assertThat(mask[50]).isZero();
      assertThat(found.tensor("logits").get(50 * 513 + 7)).isZero();
    }
  }

  @Test
  void gradientsOfAnAdapterAreItsOwn() throws IOException {
    Path out = folder.resolve("out.safetensors");
    Path adapter = CHECKPOINTS.resolve("gpt2-lora");
    Path golden = adapter.resolve("golden.safetensors");
    Cli run =
        Cli.run(
            "logits",
            "--model",
            GPT2,
            "--adapter",
            adapter,
            "--inputs",
            golden,
            "--prefix",
            "right.",
            "--out",
            out,
            "--gradients");
    assertThat(run.code()).isZero();
    try (Safetensors found = Safetensors.open(out)) {
      assertThat(found.names()).filteredOn(name -> name.startsWith("grad.")).hasSize(4);
    }
  }

  @Test
  void scoresOfTokenIdsAreThoseOfThePeer() throws IOException {
    Path ids = QWEN2.resolve("influence.safetensors");
    Path out = folder.resolve("scores.safetensors");
    Cli run =
        Cli.run(
            "attribute",
            "--model",
            QWEN2,
            "--corpus-ids",
            ids,
            "--query-ids",
            ids,
            "--fisher",
            "empirical",
            "--precision",
            "f64",
            "--backend",
            "reference",
            "--scores",
            out,
            "--per-layer",
            "--report",
            folder.resolve("report.html"));
    assertThat(run.code()).as(run.err()).isZero();
    try (Safetensors found = Safetensors.open(out);
        Safetensors expected = Safetensors.open(ids)) {
      assertThat(found.shape("pairwise")).containsExactly(3, 24);
      String layer = "pairwise.model.layers.1.mlp.down_proj";
      assertThat(found.tensor("pairwise").toDoubles())
          .usingComparatorWithPrecision(1e-6)
          .containsExactly(expected.tensor("rows15.pairwise.total").toDoubles());
      assertThat(found.tensor(layer).toDoubles())
          .usingComparatorWithPrecision(1e-6)
          .containsExactly(expected.tensor("rows15." + layer).toDoubles());
      assertThat(found.tensor("self").toDoubles())
          .usingComparatorWithPrecision(1e-6)
          .containsExactly(expected.tensor("rows15.self.total").toDoubles());
    }
    assertThat(run.out()).contains("parameters are tracked").contains("query 2");
  }

  /** The model is random, which the line about its loss says. */
  @Test
  void textsOfAllKindsAreRead() throws IOException {
    Path corpus = Files.createDirectories(folder.resolve("corpus"));
    Files.writeString(corpus.resolve("one.txt"), "line one and line two of the text".repeat(5));
    Files.writeString(corpus.resolve("two.md"), "# indented\nlines 😀");
    Files.writeString(corpus.resolve("other.bin"), "not read");
    Path lines = corpus.resolve("three.jsonl.gz");
    try (OutputStream gz = new GZIPOutputStream(Files.newOutputStream(lines))) {
      gz.write(
          "{\"text\": \"a line\"}\n\n{\"prompt\": \"line one\", \"completion\": \" two\"}\n"
              .getBytes(StandardCharsets.UTF_8));
    }
    Path report = folder.resolve("report.html");
    Cli run =
        Cli.run(
            "attribute",
            "--model",
            GPT2,
            "--corpus",
            corpus,
            "--prompt",
            "line one",
            "--completion",
            "two",
            "--sequence-length",
            40,
            "--layers",
            "mlp",
            "--backend",
            "cpu",
            "--report",
            report);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("left out are")
        .contains("WARNING: the model predicts this text no better")
        .contains("line one → two")
        .contains("one.txt · part 1")
        .doesNotContain("other.bin");
    assertThat(Files.readString(report)).contains("three.jsonl.gz:3").contains("😀");
  }

  @Test
  void aCompletionWithoutTokensIsRefused() {
    Cli run =
        Cli.run(
            "attribute",
            "--model",
            GPT2,
            "--corpus",
            GPT2.resolve("config.json"),
            "--prompt",
            "a",
            "--completion",
            "",
            "--report",
            folder.resolve("r.html"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("The completion has no tokens.").hasLineCount(1);
  }

  /** Of files, folders, layers and texts; in results and in complaints. */
  @Test
  void namesDoNotCommandTheTerminal() throws IOException {
    String wicked = "a\u001b]0;x\u0007\u202e\u009b2J";
    Path model = Files.createDirectory(folder.resolve("model" + wicked));
    for (String name : new String[] {"config.json", "model.safetensors", "tokenizer.json"}) {
      Files.copy(GPT2.resolve(name), model.resolve(name));
    }
    Path corpus = Files.createDirectory(folder.resolve("corpus" + wicked));
    Files.writeString(corpus.resolve(wicked + ".txt"), ("line one " + wicked).repeat(5));
    Path report = folder.resolve(wicked + ".html");
    List<Object> command = new ArrayList<>(List.of("attribute", "--model", model));
    command.addAll(List.of("--corpus", corpus, "--prompt", "line " + wicked));
    command.addAll(List.of("--completion", wicked, "--report", report));
    Cli run = Cli.run(command.toArray());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("modela\\u001b]0;x\\u0007", ".html");
    assertHarmless(run);
    command.addAll(List.of("--layers", wicked));
    assertRefused(Cli.run(command.toArray()));
    Files.writeString(corpus.resolve("b.jsonl"), "{" + wicked);
    assertRefused(Cli.run(command.subList(0, command.size() - 2).toArray()));
    assertRefused(Cli.run("attribute", "--model", folder.resolve("no" + wicked)));
    assertRefused(Cli.run("logits", "--model", model, "--inputs", corpus, "--out", report));
    assertRefused(Cli.run("logits", "--" + wicked));
    assertRefused(Cli.run("crosslingual", "--" + wicked));
  }

  private static void assertRefused(Cli run) {
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("error: ");
    assertHarmless(run);
  }

  private static void assertHarmless(Cli run) {
    // Progress is redrawn, which takes a carriage return of ours.
    assertThat(TerminalCommands.in((run.out() + run.err()).replace("\r", ""))).isEmpty();
  }
}
