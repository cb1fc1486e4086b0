/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C, kill -9 and damage, in processes of their own. */
final class InterruptionTest {
  private static final Pattern STOPPED = Pattern.compile("Stopped after step (\\d+) of 5000\\.");

  @TempDir private Path folder;

  private Process start() throws IOException {
    Path text = folder.resolve("text.txt");
    Files.writeString(text, "The quick brown fox jumps over the lazy dog.\n".repeat(40));
    List<String> command = new ArrayList<>();
    // In a shell's background job, as which these tests may run, the signal is ignored.
    command.addAll(List.of("env", "--default-signal=INT"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(arguments());
    return new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
  }

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("lm", "--text", folder.resolve("text.txt").toString()));
    arguments.addAll(List.of("--prompt", "The quick", "--completion", "brown fox"));
    arguments.addAll(List.of("--context", "32", "--width", "8"));
    arguments.addAll(List.of("--layers", "1", "--heads", "1", "--steps", "5000", "--batch", "2"));
    arguments.addAll(List.of("--vocabulary", "260", "--work", folder.resolve("work").toString()));
    arguments.addAll(List.of("--report", folder.resolve("report.html").toString()));
    return arguments;
  }

  /** The step at which it stopped. */
  private static int interrupt(Process process) throws Exception {
    try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
      awaitTraining(err);
      new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
      String rest = String.join("\n", err.lines().toList());
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(130);
      Matcher stopped = STOPPED.matcher(rest);
      assertThat(stopped.find()).as(rest).isTrue();
      assertThat(rest).contains("The same command goes on");
      return Integer.parseInt(stopped.group(1));
    }
  }

  private Cli again() {
    return Cli.run(arguments().toArray());
  }

  /** Until it trains. */
  private static void awaitTraining(BufferedReader err) throws IOException {
    String line = err.readLine();
    while (line != null && !line.startsWith("training")) {
      line = err.readLine();
    }
    assertThat(line).as("progress").isNotNull();
  }

  @Test
  void aFolderIsForOneRunAtATime() throws Exception {
    Process first = start();
    try (BufferedReader err = first.errorReader(StandardCharsets.UTF_8)) {
      awaitTraining(err);
      Cli second = again();
      assertThat(second.code()).isEqualTo(2);
      assertThat(second.err().strip())
          .hasLineCount(1)
          .startsWith("error: " + folder.resolve("work") + ": is in use by process " + first.pid())
          .contains("wait until that run has ended");
      assertThat(first.isAlive()).isTrue();
    } finally {
      first.destroyForcibly().waitFor();
    }
    interrupt(start()); // a killed run keeps nobody out
  }

  /** Interrupted training goes on; from a damaged checkpoint not, but from the one before it. */
  @Test
  void goesOnFromTheLastSoundCheckpoint() throws Exception {
    int first = interrupt(start());
    Path checkpoint = folder.resolve("work/checkpoint.safetensors");
    assertThat(checkpoint).isNotEmptyFile();
    int second = interrupt(start());
    assertThat(second).isGreaterThan(first);
    byte[] bytes = Files.readAllBytes(checkpoint);
    bytes[bytes.length / 2] ^= 4; // weights that PyTorch would take
    Files.write(checkpoint, bytes);
    Cli refused = again();
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err().strip())
        .hasLineCount(1)
        .contains("Cannot read the checkpoint " + checkpoint, "has the SHA-256", "Delete it");
    assertThat(Files.readAllBytes(checkpoint)).as("the evidence").isEqualTo(bytes);

    Files.delete(checkpoint);
    int resumed = interrupt(start());
    assertThat(resumed).isGreaterThan(first);
  }
}
