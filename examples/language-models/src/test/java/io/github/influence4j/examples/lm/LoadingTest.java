/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each command asks for our directory before JavaCPP takes one in /tmp that others can guess: where
 * ours cannot be, the command ends, and there is nothing in /tmp. What is loaded is tested in
 * influence-pytorch.
 */
final class LoadingTest {
  private static final String MODEL =
      "../../integrations/influence-huggingface/src/test/resources/checkpoints/gpt2";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lm --text TEXT --vocabulary 270 --context 16 --prompt House --completion 7 --work WORK --report REPORT",
        "attribute --model MODEL --corpus TEXT --prompt a --completion b --report REPORT",
        "logits --model MODEL --inputs MODEL/golden.safetensors --prefix right. --out REPORT",
      })
  void nothingIsLoadedFromAPlaceThatOthersCanGuess(String command) throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Path file = Files.createFile(folder.resolve("file"));
    Path text = Files.writeString(folder.resolve("text.txt"), "House 7 stands there.\n".repeat(40));
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Duser.home=/proc"));
    line.add("-Djava.io.tmpdir=" + temporary);
    line.add("-Dinfluence4j.native.dir=" + file);
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    for (String word : command.split(" ", -1)) {
      line.add(
          word.replace("MODEL", MODEL)
              .replace("TEXT", text.toString())
              .replace("WORK", folder.resolve("work").toString())
              .replace("REPORT", folder.resolve("report").toString()));
    }
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    try (InputStream out = process.getInputStream()) {
      String printed = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(printed)
          .contains("error: PyTorch cannot be used: native libraries cannot be unpacked (" + file);
      assertThat(process.waitFor()).as(printed).isEqualTo(2);
    }
    assertThat(temporary).isEmptyDirectory();
  }
}
