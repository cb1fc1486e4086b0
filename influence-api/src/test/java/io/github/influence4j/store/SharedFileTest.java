/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.testing.ChildJvm;
import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that several threads and processes use at a time. */
final class SharedFileTest {
  private static final long LARGE = 3L << 30;

  @TempDir Path folder;

  /** Sparse, more than one mapping could hold: zeros, then 6.5. */
  private Path large() throws IOException {
    String header =
        "{\"large\":{\"dtype\":\"F32\",\"shape\":["
            + LARGE / 4
            + "],\"data_offsets\":[0,"
            + LARGE
            + "]},\"small\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":["
            + LARGE
            + ","
            + (LARGE + 8)
            + "]}}";
    byte[] start = TestFiles.bytes(header);
    Path path = TestFiles.write(folder, start);
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.setLength(start.length + LARGE + 8);
      sparse.seek(start.length + LARGE - 4);
      sparse.writeInt(Integer.reverseBytes(Float.floatToIntBits(2.5f)));
      sparse.writeLong(Long.reverseBytes(Double.doubleToLongBits(6.5)));
    }
    return path;
  }

  @Test
  void anInterruptedThreadReadsOnAndClosesNothing() throws Exception {
    try (Safetensors file = Safetensors.open(large())) {
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread interrupted =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < 1000; i++) {
                    Thread.currentThread().interrupt();
                    assertThat(file.tensor("small").get(0)).isEqualTo(6.5);
                    assertThat(Thread.interrupted()).isTrue();
                  }
                } catch (RuntimeException | Error e) {
                  failure.set(e);
                }
              });
      interrupted.start();
      while (interrupted.isAlive()) {
        assertThat(file.tensor("small").get(0)).isEqualTo(6.5);
      }
      interrupted.join();
      assertThat(failure.get()).isNull();
      assertThat(file.tensor("small").get(0)).isEqualTo(6.5);
    }
  }

  @Test
  void factorsLoadInAnInterruptedThread() throws IOException {
    LayerSpec layer = LayerSpec.linear("w", 3, 2);
    FittedCurvature curvature =
        new RandomFactors(SeededRandom.at("load"), CurvatureStrategy.EKFAC, ElementType.F32)
            .fit(List.of(layer));
    Path file = folder.resolve("factors");
    FactorStore.save(file, curvature);
    Thread.currentThread().interrupt();
    try {
      assertThat(FactorStore.load(file, List.of(layer)).layers()).containsExactly(layer);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void partsOfTensorsOfAnySizeCanBeRead() throws IOException {
    try (Safetensors file = Safetensors.open(large())) {
      ByteBuffer memory = ByteBuffer.allocateDirect(8);
      file.read("large", LARGE / 4 - 2, memory);
      assertThat(TensorView.of(memory.flip(), ElementType.F32, 2).toDoubles())
          .containsExactly(0, 2.5);
      assertThatThrownBy(() -> file.read("large", LARGE / 4 - 1, memory.clear()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "tensor \"large\" of shape [805306368] has no 8 bytes from element 805306367.");
      assertThatThrownBy(() -> file.read("large", -1, memory))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> file.read("small", 0, memory.limit(7)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** In a virtual machine of its own, which a mapped file would kill. */
  @Test
  void aFileShortenedDuringScoringGivesAnError() throws Exception {
    Path file = folder.resolve("capture.safetensors");
    int examples = 64;
    Map<String, TensorView> tensors =
        Map.of(
            "act", TensorView.of(new float[examples * 4096], examples, 4096),
            "grad", TensorView.of(new float[examples * 2], examples, 2));
    Safetensors.write(file, tensors, Map.of());
    Process child =
        new ProcessBuilder(ChildJvm.command(List.of(), ShortenedCapture.class, file.toString()))
            .redirectErrorStream(true)
            .start();
    child.getOutputStream().close();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output)
        .contains("UncheckedIOException: " + file + ": became shorter than ")
        .contains("bytes while it was read");
    assertThat(child.exitValue()).as(output).isEqualTo(3);
  }
}
