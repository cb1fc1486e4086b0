/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.examples.Cli;
import io.github.influence4j.internal.files.FolderLock;
import io.github.influence4j.store.DType;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is printed, and into which folder results go. */
class OutputsTest {
  /** Escape sequences of both kinds, a bidi override, a line break and an invisible tag. */
  private static final String WICKED = "fc\u001b[31m\u009b2J\u202e\nx\u2028\udb40\udc41";

  @TempDir private Path folder;

  private Cli run(String layer, Path out) throws IOException {
    Map<String, TensorView> tensors = new TreeMap<>();
    for (String side : new String[] {"train", "query"}) {
      tensors.put(side + ".act." + layer, Tensors.random(1, 6, 4, 3));
      tensors.put(side + ".grad." + layer, Tensors.random(2, 6, 4, 2));
    }
    tensors.put("ignored " + layer, Tensors.random(3, 1));
    Path file = folder.resolve("captures.safetensors");
    Safetensors.write(file, tensors, Map.of());
    return Cli.run("captured", "--inputs", file, "--out", out, "--per-layer", "--linear");
  }

  private static void assertHarmless(String printed) {
    assertThat(printed)
        .contains("fc\\u001b[31m\\u009b2J\\u202e\\nx\\u2028\\udb40\\udc41")
        .doesNotContain("\u001b", "\u009b", "\u202e", "\u2028", "\udb40");
  }

  @Test
  void namesOfLayersDoNotCommandTheTerminal() throws IOException {
    Cli good = run(WICKED, folder.resolve("out"));
    assertThat(good.code()).as(good.err()).isZero();
    assertHarmless(good.out());
    try (Safetensors scores = Safetensors.open(folder.resolve("out/scores.safetensors"))) {
      assertThat(scores.names()).contains("self." + WICKED);
    }
    Cli bad =
        Cli.run(
            "captured",
            "--inputs",
            folder.resolve("captures.safetensors"),
            "--out",
            folder.resolve("out"),
            "--no-bias",
            "fd" + WICKED.replace('\n', '.'));
    assertThat(bad.code()).isEqualTo(2);
    assertThat(bad.err().strip()).hasLineCount(1).doesNotContain("\u001b", "\u202e", "\u2028");
  }

  /** The same scores, but for a power of two that float32 does not have. */
  @ParameterizedTest
  @ValueSource(ints = {-40, 40})
  void scoresThatFloatsCannotHoldAreWrittenAsDoubles(int power) throws IOException {
    Map<String, double[]> usual = scores(0, DType.F32);
    scores(power, DType.F64)
        .forEach(
            (name, values) -> {
              double[] expected = usual.get(name);
              for (int i = 0; i < values.length; i++) {
                assertThat(Math.scalb(values[i], -4 * power))
                    .as(name)
                    .isCloseTo(expected[i], Offset.offset(1e-4));
              }
            });
  }

  private Map<String, double[]> scores(int power, DType expected) throws IOException {
    Map<String, TensorView> tensors = new TreeMap<>();
    for (String side : new String[] {"train", "query"}) {
      for (String kind : new String[] {".act.fc", ".grad.fc"}) {
        double[] values = Tensors.random(side.length() + kind.length(), 6, 3).toDoubles();
        double[] scaled = Arrays.stream(values).map(v -> Math.scalb(v, power)).toArray();
        tensors.put(side + kind, TensorView.of(scaled, 6, 3));
      }
    }
    Path file = folder.resolve("captures.safetensors");
    Safetensors.write(file, tensors, Map.of());
    Path out = folder.resolve("out");
    Cli run =
        Cli.run(
            "captured",
            "--inputs",
            file,
            "--out",
            out,
            "--strategy",
            "identity",
            "--no-bias",
            "fc",
            "--per-layer",
            "--per-row");
    assertThat(run.code()).as(run.err()).isZero();
    Map<String, double[]> scores = new TreeMap<>();
    try (Safetensors written = Safetensors.open(out.resolve("scores.safetensors"))) {
      for (String name : written.names()) {
        assertThat(written.dtype(name)).as(name).isEqualTo(expected);
        scores.put(name, written.tensor(name).toDoubles());
      }
    }
    assertThat(scores).hasSize(5);
    return scores;
  }

  @Test
  void oneRunAtATime() throws IOException {
    Path out = Files.createDirectory(folder.resolve("out"));
    try (FolderLock lock = FolderLock.take(out)) {
      assertThat(lock).isNotNull();
      Cli second = run("fc", out);
      assertThat(second.code()).isEqualTo(2);
      assertThat(second.err()).startsWith("error: " + out + ": is in use by ");
      assertThat(out.resolve("scores.safetensors")).doesNotExist();
    }
    assertThat(run("fc", out).code()).isZero();
  }
}
