/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.lm.Cli;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is planned is what the command then does. */
class DryRunTest {
  private static final Path CHECKPOINTS =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints");
  private static final int SEQUENCES = 12;

  @TempDir private Path folder;
  private Path corpus;

  @BeforeEach
  void writeCorpus() throws IOException {
    corpus = Files.createDirectory(folder.resolve("corpus"));
    for (int i = 0; i < SEQUENCES; i++) {
      Files.writeString(
          corpus.resolve("text" + i + ".txt"), "line one and line two " + "a b c".repeat(i));
    }
  }

  private Cli run(String... more) {
    List<Object> command =
        new ArrayList<>(List.of("attribute", "--model", CHECKPOINTS.resolve("gpt2")));
    command.addAll(List.of("--corpus", corpus, "--prompt", "line one", "--completion", "and"));
    command.addAll(
        List.of("--prompt", "a b", "--completion", "c", "--report", folder.resolve("r.html")));
    command.addAll(List.of("--check-tokens", "0"));
    command.addAll(List.of(more));
    return Cli.run(command.toArray());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--rank 4 --max-residual 0.9",
        "--blocks 2 --compare",
        "--filter bm25:4 --top 2",
        "--fit-sequences 5 --layers mlp --threads 1 --batch-size 2",
        "--strategy identity",
        "--strategy diagonal --precision f64",
        "--fisher empirical --packing --sequence-length 16",
        "--work WORK",
        "--scores SCORES --per-layer",
        "--adapter ADAPTER"
      })
  void everyOptionHasAPlanAndNothingIsWritten(String options) throws IOException {
    String line =
        ("--dry-run " + options)
            .replace("WORK", folder.resolve("work").toString())
            .replace("SCORES", folder.resolve("scores.safetensors").toString())
            .replace("ADAPTER", CHECKPOINTS.resolve("gpt2-lora").toString());
    List<Path> before = files();
    Cli run = run(line.strip().split(" ", -1));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains("PLAN of", "parameters are tracked", "MEMORY", "weights of the model", "TIME")
        .contains("2 queries", "s in all")
        .doesNotContain("NaN", "Infinity", "Report:");
    assertThat(files()).isEqualTo(before);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.sorted().toList();
    }
  }

  /** Both passes over the data are seen by their bars. */
  @ParameterizedTest
  @ValueSource(strings = {"64m", "700k", "450k"})
  void passesAreThoseOfTheRun(String memory) {
    String[] little = {"--backend", "reference", "--threads", "1", "--max-memory", memory};
    Cli planned = run(with("--dry-run", little));
    assertThat(planned.code()).as(planned.err()).isZero();
    Cli real = run(with("--no-packing", little));
    assertThat(real.code()).as(real.err()).isZero();
    for (String stage : List.of("covariances", "eigenvalues", "scores")) {
      long passes =
          real.err()
              .lines()
              .filter(line -> line.matches(stage + "( \\d+)? *\\[=+\\] 100 %.*"))
              .count();
      assertThat(passes).as(real.err()).isEqualTo(passes(planned, stage)).isPositive();
    }
  }

  private static String[] with(String first, String... more) {
    return Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new);
  }

  private static long passes(Cli planned, String stage) {
    return planned
        .out()
        .lines()
        .filter(line -> line.startsWith(stage + " "))
        .map(line -> line.strip().split(" +", -1))
        .filter(words -> words.length == 5)
        .mapToLong(words -> Long.parseLong(words[1]))
        .sum();
  }

  @Test
  void bytesAreThoseOfTheFiles() throws IOException {
    Path work = folder.resolve("work");
    assertThat(run("--work", work.toString()).code()).isZero();
    Cli planned = run("--dry-run", "--work", work.toString());
    long covariances = 0;
    long vectors = 0;
    long squares = 0;
    try (Stream<Path> all = Files.list(work);
        Safetensors factors =
            Safetensors.open(
                all.filter(file -> file.toString().endsWith(".safetensors"))
                    .findFirst()
                    .orElseThrow())) {
      for (String name : factors.names()) {
        if (name.startsWith("num_")) {
          continue;
        }
        long bytes = factors.tensor(name).elements() * (long) factors.tensor(name).type().bytes();
        covariances += name.contains("_covariance.") ? bytes : 0;
        vectors += name.contains("vectors") ? bytes : 0;
        squares += name.startsWith("lambda_matrix.") ? bytes : 0;
      }
    }
    assertThat(megabytes(planned, "covariances")).isEqualTo(rounded(covariances));
    assertThat(megabytes(planned, "eigenbases")).isEqualTo(rounded(vectors));
    assertThat(megabytes(planned, "eigenvalues")).isEqualTo(rounded(squares));
    long weights = Files.size(CHECKPOINTS.resolve("gpt2/model.safetensors"));
    assertThat(
            Math.abs(
                Double.parseDouble(megabytes(planned, "weights of the model")) - weights / 1e6))
        .isLessThan(0.1);
    assertThat(planned.out()).contains("Factors that --work has already");
  }

  private static String megabytes(Cli planned, String what) {
    return planned
        .out()
        .lines()
        .filter(line -> line.startsWith(what + " ") && line.contains(" MB"))
        .map(line -> line.substring(what.length()).strip().split(" ", -1)[0])
        .findFirst()
        .orElseThrow();
  }

  private static String rounded(long bytes) {
    return String.format(java.util.Locale.ROOT, "%.1f", bytes / 1e6);
  }
}
