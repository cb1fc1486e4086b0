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
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Factors are fitted once, kept, and never taken for those of something else. */
final class WorkFolderTest {
  private static final Path GPT2 =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints/gpt2");

  @TempDir private Path folder;

  private Path model = GPT2;
  private Path corpus = Path.of("");

  @BeforeEach
  void write() throws IOException {
    corpus = folder.resolve("corpus.jsonl");
    write(40);
  }

  private void write(int texts) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Texts.Text text : TrainedCheckpoint.texts().subList(0, texts)) {
      JsonObject line = new JsonObject();
      line.addProperty("text", text.text());
      lines.add(line.toString());
    }
    Files.write(corpus, lines);
  }

  private List<String> command(String... more) {
    List<String> words = new ArrayList<>(List.of("attribute", "--model", model.toString()));
    words.addAll(List.of("--corpus", corpus.toString(), "--prompt", "the cat"));
    words.addAll(List.of("--completion", "sees old hats", "--check-tokens", "0"));
    words.addAll(List.of("--backend", "cpu", "--threads", "1"));
    words.addAll(List.of("--report", folder.resolve("report.html").toString()));
    words.addAll(List.of(more));
    return words;
  }

  private Cli run(String... more) {
    return Cli.run(command(more).toArray());
  }

  private String work() {
    return folder.resolve("work").toString();
  }

  /** All scores, to the last bit. */
  private byte[] scores(String... more) throws IOException {
    Path scores = folder.resolve("scores.safetensors");
    List<String> words = new ArrayList<>(List.of(more));
    words.addAll(List.of("--scores", scores.toString()));
    Cli run = run(words.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isZero();
    return Files.readAllBytes(scores);
  }

  @Test
  void keptFactorsGiveTheSameBits() throws IOException {
    byte[] without = scores();
    assertThat(scores("--work", work())).isEqualTo(without);
    assertThat(scores("--work", work())).isEqualTo(without);
    Cli other = run("--work", work(), "--prompt", "a dog", "--completion", "likes big trees");
    assertThat(other.code()).as(other.err()).isZero();
    assertThat(other.out()).contains("Factors: taken from").contains("a dog → likes big trees");
    assertThat(other.err()).doesNotContain("covariances");
  }

  @Test
  void aSampleThatIsTheWholeCorpusChangesNothing() throws IOException {
    byte[] all = scores();
    assertThat(scores("--fit-sequences", "40")).isEqualTo(all);
    assertThat(scores("--fit-sequences", "20")).isNotEqualTo(all);
  }

  /** Killed where nothing can be tidied up. */
  @Test
  void aKilledRunGoesOn() throws Exception {
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    java.addAll(List.of("-cp", System.getProperty("java.class.path")));
    java.add("io.github.influence4j.examples.lm.Main");
    java.addAll(command("--work", work()));
    Process first =
        new ProcessBuilder(java)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log.txt").toFile())
            .start();
    while (first.isAlive() && !Files.exists(Path.of(work(), "run.properties"))) {
      first.waitFor(5, TimeUnit.MILLISECONDS);
    }
    first.destroyForcibly().waitFor();
    assertThat(Path.of(work(), "run.properties")).exists();
    assertThat(scores("--work", work())).isEqualTo(scores());
  }

  @Test
  void factorsOfSomethingElseAreRefused() throws IOException {
    assertThat(run("--work", work()).code()).isZero();
    assertRefused(run("--work", work(), "--layers", "mlp"), "with layers all, not mlp");
    assertRefused(run("--work", work(), "--fisher", "empirical"), "with labels true Fisher");
    assertRefused(run("--work", work(), "--seed", "2"), "seed 1, not true Fisher, seed 2");
    assertRefused(run("--work", work(), "--fit-sequences", "9"), "with labels true Fisher");
    write(41);
    assertRefused(run("--work", work()), "with corpus 40 sequences");
    write(40);
    model = Files.createDirectory(folder.resolve("model"));
    for (String name : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      Files.copy(GPT2.resolve(name), model.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
    assertThat(run("--work", work()).out())
        .contains("Factors: taken from"); // the same model elsewhere
    byte[] weights = Files.readAllBytes(model.resolve("model.safetensors"));
    weights[weights.length - 2] ^= 1;
    Files.write(model.resolve("model.safetensors"), weights);
    assertRefused(run("--work", work()), "with model ");
  }

  @Test
  void damagedFactorsAreRefused() throws IOException {
    assertThat(run("--work", work()).code()).isZero();
    Path factors = Path.of(work(), "factors-ekfac-f32.safetensors");
    byte[] bytes = Files.readAllBytes(factors);
    bytes[bytes.length / 2] ^= 4;
    Files.write(factors, bytes);
    assertThat(run("--work", work()).err()).contains("Delete the file: the same command fits");
  }

  private static void assertRefused(Cli run, String message) {
    assertThat(run.code()).as(run.out()).isEqualTo(2);
    assertThat(run.err()).startsWith("error: ").contains(message).hasLineCount(1);
  }
}
