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

/** Ctrl-C in a process of its own. */
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
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("lm", "--text", text.toString(), "--prompt", "The quick"));
    command.addAll(List.of("--completion", "brown fox", "--context", "32", "--width", "8"));
    command.addAll(List.of("--layers", "1", "--heads", "1", "--steps", "5000", "--batch", "2"));
    command.addAll(List.of("--vocabulary", "260", "--work", folder.resolve("work").toString()));
    command.addAll(List.of("--report", folder.resolve("report.html").toString()));
    return new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** The step at which it stopped. */
  private static int interrupt(Process process) throws Exception {
    try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
      String line = err.readLine();
      while (line != null && !line.startsWith("training")) {
        line = err.readLine();
      }
      assertThat(line).as("progress").isNotNull();
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

  @Test
  void interruptedTrainingGoesOn() throws Exception {
    int first = interrupt(start());
    assertThat(folder.resolve("work/checkpoint.pt")).isNotEmptyFile();
    assertThat(interrupt(start())).isGreaterThan(first);
  }
}
