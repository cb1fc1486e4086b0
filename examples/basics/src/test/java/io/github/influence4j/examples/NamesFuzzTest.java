/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.store.Safetensors;
import io.github.influence4j.testing.FuzzBudget;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TerminalCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names of layers, tensors, files and options, in all that the commands print. */
class NamesFuzzTest {
  @TempDir private Path folder;

  private static String fileName(Random random) {
    return fileName(TerminalCommands.name(random));
  }

  /** What of a name a file can have as its own. */
  private static String fileName(String name) {
    return name.replace("\0", "").replace("/", "");
  }

  private static Cli assertHarmless(int code, Object... arguments) {
    Cli run = Cli.run(arguments);
    assertThat(run.code()).as(run.err()).isEqualTo(code);
    assertThat(TerminalCommands.in(run.out() + run.err())).isEmpty();
    return run;
  }

  private static void assertRefused(Object... arguments) {
    assertThat(assertHarmless(2, arguments).err().strip()).hasLineCount(1);
  }

  @Test
  void ofLayersAndFiles() throws IOException {
    FuzzBudget budget = FuzzBudget.ofSeconds(1);
    int lines = 0;
    for (int round = 0; budget.allows(round); round++) {
      Random random = SeededRandom.at("names of layers", round);
      String layer = TerminalCommands.name(random);
      Path out = folder.resolve(fileName(random));
      Path file = captures(random, layer);
      Cli run =
          assertHarmless(0, "captured", "--inputs", file, "--linear", "--per-layer", "--out", out);
      lines = lines == 0 ? run.out().split("\n", -1).length : lines;
      assertThat(run.out().split("\n", -1)).as("lines of round %d", round).hasSize(lines);
      assertRefused("captured", "--inputs", file, "--out", out, "--no-bias", layer + "x");
      assertRefused("captured", "--inputs", file, "--out", out, "--conv", layer + ":k=3");
      assertRefused("captured", "--inputs", folder.resolve("no" + fileName(layer)), "--out", out);
      assertRefused("captured", "--inputs", file, "--out", file);
      Files.write(file, new byte[random.nextInt(20)]);
      assertRefused("captured", "--inputs", file, "--out", out);
    }
  }

  private Path captures(Random random, String layer) throws IOException {
    Map<String, TensorView> tensors = new TreeMap<>();
    for (String side : new String[] {"train", "query"}) {
      tensors.put(side + ".act." + layer, tensor(random, 6, 4, 3));
      tensors.put(side + ".grad." + layer, tensor(random, 6, 4, 2));
    }
    tensors.put("other " + TerminalCommands.name(random), tensor(random, 1));
    Path file = folder.resolve(fileName(random) + ".safetensors");
    Safetensors.write(file, tensors, Map.of());
    return file;
  }

  private static TensorView tensor(Random random, long... shape) {
    int size = 1;
    for (long extent : shape) {
      size *= (int) extent;
    }
    return TensorView.of(SeededRandom.gaussians(random, size), shape);
  }

  @Test
  void ofOptions() {
    for (int round = 0; round < 50; round++) {
      String name = TerminalCommands.name(SeededRandom.at("names of options", round));
      for (String command : new String[] {"digits", "captured"}) {
        assertRefused(command, "--" + name);
        assertRefused(command, "--strategy", name);
        assertRefused(command, "--backend", name, "--blocks", name);
      }
      assertRefused(
          "digits", "--report", folder.resolve("no" + fileName(name)).resolve("report.html"));
      assertRefused(name);
    }
  }
}
