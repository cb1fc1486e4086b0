/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.github.influence4j.examples.lm.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user sees of comparisons, filters and truncated queries. */
final class AnswerTest {
  private static final Path GPT2 =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints/gpt2");

  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    List<String> lines = new ArrayList<>();
    for (Texts.Text text : TrainedCheckpoint.texts().subList(0, 30)) {
      JsonObject line = new JsonObject();
      line.addProperty("prompt", "Say what you see.");
      line.addProperty("completion", text.text());
      lines.add(line.toString());
    }
    lines.add("{\"text\": \"" + "the cat sees old hats. ".repeat(9) + "\"}");
    Files.write(folder.resolve("instructions.jsonl"), lines);
  }

  private Cli run(String... more) {
    List<String> words = new ArrayList<>(List.of("attribute", "--model", GPT2.toString()));
    words.addAll(List.of("--corpus", folder.resolve("instructions.jsonl").toString()));
    words.addAll(List.of("--prompt", "the cat", "--completion", "sees old hats"));
    words.addAll(List.of("--prompt", "a dog", "--completion", "likes big trees"));
    words.addAll(List.of("--check-tokens", "0", "--threads", "1"));
    words.addAll(List.of("--report", folder.resolve("report.html").toString()));
    words.addAll(List.of(more));
    Cli run = Cli.run(words.toArray());
    assertThat(run.code()).as(run.err()).isZero();
    return run;
  }

  private String report() throws IOException {
    return Files.readString(folder.resolve("report.html"));
  }

  @Test
  void simplerMethodsStandBesideEachList() throws IOException {
    String out = run("--compare", "--top", "4").out();
    assertThat(out.lines().filter(line -> line.startsWith("  BM25: of the 4 strongest")))
        .hasSize(2)
        .allMatch(line -> line.matches(".* \\d are among its first 4; rank agreement .*"));
    assertThat(out.lines().filter(line -> line.startsWith("  Gradient norm: of the 4"))).hasSize(2);
    assertThat(report())
        .contains("the cat → sees old hats. BM25: of the 4")
        .contains(" · BM25: place ", "gradient norm: place ")
        .contains("Layers", "c_proj");
  }

  @Test
  void aFilterSaysWhatItLoses() throws IOException {
    String out = run("--filter", "bm25:12", "--top", "3").out();
    assertThat(out)
        .contains(
            "the cat → sees old hats: bm25:12 let 12 of 32 sequences pass. Of a random sample")
        .doesNotContain("  against ");
    assertThat(report())
        .contains("a dog → likes big trees: bm25:12 let 12 of 32")
        .contains("instructions.jsonl:");
  }

  @Test
  void truncationSaysWhatItLeavesOut() throws IOException {
    String out = run("--rank", "2", "--max-memory", "4g", "--blocks", "2").out();
    assertThat(out).contains("EKFAC in 2 blocks").contains("were scored again exactly");
    assertThat(report()).contains("the distribution is that of the truncated".substring(4));
  }

  @Test
  void packedTextsAreShown() throws IOException {
    run("--packing", "--sequence-length", "60", "--top", "40");
    assertThat(report()).contains("instructions.jsonl:31 · window 1");
  }
}
